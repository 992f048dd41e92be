"""How the program ends: 1 is a verdict, so an interrupt, a closed pipe and a fault of ours end otherwise, in one line."""

import os
import signal
import subprocess
import sys
import time

import pytest

ENDLESS = "def halve(X):\n    while True:\n        pass\n"
IN_A_COMMAND = """
import signal, sys
import grader.cli.app, grader.cli.study
grader.cli.study.find_course = grader.cli.study.show_progress = lambda *_: {fault}
sys.argv[0] = "grade"
from grader.cli import main
main()
"""
AT_AN_IMPORT = """
import signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r} and not sys.argv[0]:
            sys.argv[0] = "grade"
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupts())
sys.argv[0] = ""
from grader.cli import main
main()
"""


@pytest.mark.parametrize(("lang", "said"), [("en", "Interrupted."), ("zh", "已中断。")])
def test_an_interrupted_command_exits_130_with_one_line(program, lang, said):
    done = program(
        "list", start=("-P", "-c", IN_A_COMMAND.format(fault="signal.raise_signal(signal.SIGINT)")), lang=lang
    )
    assert (done.returncode, done.stderr.strip()) == (130, said)


@pytest.mark.parametrize("name", ["click", "grader.text", "grader.course", "grader.cli.study", "rich.cells"])
def test_an_interrupt_while_something_is_imported_exits_130_too(program, name):
    done = program("list", start=("-P", "-c", AT_AN_IMPORT.format(name=name)))
    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted.")


@pytest.mark.parametrize("words", [("exercise", "halve"), ("author", "check", "halve")], ids=" ".join)
def test_ctrl_c_ends_a_command_that_is_at_work(mini, tmp_path, words):
    (mini / "exercises/numbers/halve.py").write_text(ENDLESS, encoding="utf-8")
    about = mini / "exercises/numbers/halve.toml"
    patient = about.read_text(encoding="utf-8").replace("_seconds = 1.0", "_seconds = 50.0").replace("= 6.0", "= 50.0")
    about.write_text(patient, encoding="utf-8")
    environment = os.environ | {"GRADE_LANG": "en", "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "grader", *words]
    with subprocess.Popen(
        command, cwd=mini, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as running:  # fmt: skip
        time.sleep(3)
        assert running.poll() is None, running.communicate()
        os.killpg(running.pid, signal.SIGINT)
        said = running.communicate(timeout=10)[1]
    assert running.returncode == 130
    assert said.strip().endswith("Interrupted.")


@pytest.mark.parametrize("words", [("list",), (), ("--help",), ("hint", "halve"), ("exercise", "halve")], ids=" ".join)
def test_a_reader_that_has_ended_is_no_verdict_and_no_traceback(program, words):
    reader, writer = os.pipe()
    os.close(reader)
    code = f"import os; os.dup2({writer}, 1); from grader.cli import main; main()"
    done = program(*words, start=("-P", "-c", code), pass_fds=(writer,))
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_without_an_output_nothing_fails(program):
    done = program("list", start=("-P", "-c", "import sys; sys.stdout = None; from grader.cli import main; main()"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fault_of_ours_is_no_verdict(program):
    done = program("list", start=("-P", "-c", IN_A_COMMAND.format(fault="1 / 0")))
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
    assert "this says nothing about your code" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("list", "--nonsense"), 2),
        (("author", "nothing"), 2),
        (("hint",), 2),
        ((), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_help_and_usage_end_as_ever(program, words, code):
    done = program(*words)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")  # noqa: PTH110  # as short as can be
@pytest.mark.parametrize(
    "words", [("list",), ("exercise", "halve"), ("exercise", "halve", "--format", "json")], ids=" ".join
)
def test_an_output_that_cannot_be_written_is_told_in_one_line(mini, words):
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            [sys.executable, "-P", "-m", "grader", "--lang", "en", *words], cwd=mini, stdout=full,
            stderr=subprocess.PIPE, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"
