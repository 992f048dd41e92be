"""However a command ends, nothing of it is left two seconds later, and the next one works."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
SECONDS = 2

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc"),
]


def descendants(pid):
    """Every process below one, by number and start time, so that none is taken for another."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return set()
    found = set()
    for child in map(int, children):
        found |= {(child, started(child))} | descendants(child)
    return found


def started(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def left(known):
    return {(pid, when) for pid, when in known if when is not None and started(pid) == when}


@pytest.fixture
def begin(mini, tmp_path):
    """Starts the program, and waits until so many processes below it are there."""
    begun = []

    def run(*words, processes, **environment):
        clean = {name: value for name, value in os.environ.items() if name not in ("GRADE_LANG", "COLUMNS")}
        clean |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_DATA_HOME": str(tmp_path / "data"), **environment}
        command = [sys.executable, "-P", "-m", "grader", *words]
        process = subprocess.Popen(
            command, cwd=mini, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        begun.append(process)
        limit = time.monotonic() + 60
        while len(found := descendants(process.pid)) < processes:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < limit, found
            time.sleep(0.01)
        return process, found

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def ended(process, known):
    """The code and what was printed; that nothing is left soon enough."""
    code = process.wait(SECONDS + 3)
    limit = time.monotonic() + SECONDS
    while left(known) and time.monotonic() < limit:
        time.sleep(0.02)
    assert left(known) == set()
    return code, *((text or b"").decode() for text in process.communicate())


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("processes", [1, 2, 3], ids=["the judge imports", "the fork server is there", "workers work"])
def test_a_grading_that_is_ended_leaves_nothing(begin, mini, number, processes):
    (mini / "exercises/numbers/halve.py").write_text("def halve(X):\n    while True: pass\n")
    process, known = begin("exercise", "halve", processes=processes)
    process.send_signal(number)
    code, out, err = ended(process, known)
    assert code == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in out + err


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_recording_that_is_ended_leaves_nothing_and_the_next_command_works(begin, program, mini, number):
    """Cases that are slow to draw, in two processes beside the fork server."""
    properties = mini / "tests/numbers/test_halve.py"
    text = properties.read_text(encoding="utf-8")
    slow = "import time\n\n\ndef slowly(X):\n    time.sleep(0.2)\n    return Case(X)\n\n\n"
    assert ".map(Case)" in text
    properties.write_text(
        text.replace("@dataclass", slow + "@dataclass", 1).replace("cases = ", "def strategy():\n    return ", 1)
        .replace(".map(Case)", ".map(slowly)").replace("case=cases", "case=strategy()"),
        encoding="utf-8",
    )  # fmt: skip
    (mini / "exercises/numbers/halve.py").write_text(RIGHT)
    process, known = begin("exercise", "halve", processes=3)
    process.send_signal(number)
    code, out, err = ended(process, known)
    assert code == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in out + err
    properties.write_text(text, encoding="utf-8")
    assert program("exercise", "halve", "--cases", "10").returncode == 0


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_proof_that_is_ended_leaves_nothing_and_does_not_work_off_its_queue(begin, mini, number):
    process, known = begin("author", "check", "--jobs", "2", "--seeds", "20", processes=4)
    process.send_signal(number)
    began = time.monotonic()
    code, out, err = ended(process, known)
    assert time.monotonic() - began < SECONDS + 1
    assert code == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in out + err


def test_a_judge_ends_when_whoever_started_it_is_killed_while_it_idles(mini, tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from grader.course import open_course\n"
        "from grader.session import Session\n"
        f"session = Session(open_course(Path({str(mini)!r})), lang='en', cases=5, cache=Path({str(tmp_path)!r}))\n"
        "print(session.grade_file(session.course.find('halve')).report.status, flush=True); time.sleep(60)\n"
    )
    (mini / "exercises/numbers/halve.py").write_text(RIGHT)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stdout.readline() == "passed\n"
        known = descendants(process.pid)
        assert len(known) >= 2
    finally:
        process.kill()
        process.communicate()
    time.sleep(0.5)
    assert left(known) == set()


def test_the_terminal_that_closes_ends_everything(begin, mini):
    script = shutil.which("script")
    if script is None:
        pytest.skip("there is no program `script` here to make a terminal with")
    (mini / "exercises/numbers/halve.py").write_text("def halve(X):\n    while True: pass\n")
    process = subprocess.Popen(
        [script, "-qc", f"{sys.executable} -P -m grader exercise halve", "/dev/null"],
        cwd=mini, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    limit = time.monotonic() + 60
    while len(known := descendants(process.pid)) < 4:
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.kill()
    ended(process, known)
