"""Whatever goes wrong on our side is told, with its cause, and costs nobody a verdict."""

import errno
import json
import os
import types

import pytest

from grader.course import open_course
from grader.judge import grading
from grader.judge.bank import recording
from grader.judge.client import Judge, JudgeDied
from grader.judge.explain import debugging
from grader.judge.requests import GradeRequest
from grader.judge.results import GraderError, GradeResult
from grader.judge.workers import worker as workers
from grader.session import Session

RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
WRONG = "def halve(X):\n    return X / 2 + 1\n"


def stub(course):
    return course / "exercises/numbers/halve.py"


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- the script for the debugger


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("import os\nos._exit(3)\n", "crashed"),
        ("while True:\n    pass\n", "timeout"),
        ("import os\ndef halve(X):\n    os._exit(1)\n", "crashed"),
        ("def halve(X):\n    while True:\n        pass\n", "timeout"),
    ],
    ids=["crash at load", "hang at load", "crash", "hang"],
)
def test_debug_with_a_crash_or_a_hang_writes_a_script_and_keeps_the_verdict(program, mini, source, status):
    stub(mini).write_text(source, encoding="utf-8")
    done = program("exercise", "halve", "--debug", "--format", "json", "--cases", "10")
    report = json.loads(done.stdout)
    assert (report["status"], done.returncode, done.stderr) == ("failed", 1, "")
    assert report["properties"][0]["status"] == status
    assert report["debug_script"] == str(mini / "debug_halve.py")
    script = (mini / "debug_halve.py").read_text(encoding="utf-8")
    compile(script, "debug_halve.py", "exec")
    assert 'submission = load("submission"' in script
    assert report["sandbox"] != "none" or not _has_sandbox()


def _has_sandbox():
    from grader.worker.sandbox import support

    return support().tier != "none"


def test_debug_in_a_folder_that_cannot_be_written_keeps_the_verdict(program, mini):
    stub(mini).write_text(WRONG, encoding="utf-8")
    done = program("exercise", "halve", "--course", mini, "--debug", "--cases", "10", cwd="/proc")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1/4" in done.stdout
    assert "Note: the script /proc/debug_halve.py cannot be written" in done.stdout
    assert "--debug" not in done.stdout


def test_a_script_that_cannot_be_made_is_a_note(server, mini, monkeypatch, judging):
    def fail(*_args):
        raise ZeroDivisionError("in our own code")

    monkeypatch.setattr(debugging, "script", fail)
    result = judging("halve").grade(WRONG, script=True)
    assert (result.status, result.debug_script) == ("failed", None)
    assert result.notes[0]["en"] == ("no script for the debugger could be made: ZeroDivisionError: in our own code")


@pytest.fixture
def judging(server, mini):
    from judging import Judging

    return lambda name, **options: Judging(server, open_course(mini), name, cases=10, **options)


# --- judges


@pytest.fixture
def session(mini, tmp_path):
    with Session(open_course(mini), lang="en", cases=10, cache=tmp_path / "cache") as session:
        yield session


@pytest.fixture
def killed(monkeypatch):
    """Kills the judges that are asked first, so many of them."""
    counts = types.SimpleNamespace(left=0, asked=0)
    ask = Judge.ask

    def watched(self, request):
        counts.asked += 1
        if counts.left:
            counts.left -= 1
            self.kill()
        return ask(self, request)

    monkeypatch.setattr(Judge, "ask", watched)
    return counts


def test_a_judge_that_dies_is_replaced_and_costs_one_more_try(session, mini, killed):
    stub(mini).write_text(RIGHT, encoding="utf-8")
    killed.left = 1
    exercise = session.course.find("halve")
    assert session.grade_file(exercise).report.status == "passed"
    assert killed.asked == 2
    killed.left = 1
    assert session.grade_file(exercise).report.status == "passed"


def test_two_judges_that_die_are_a_verdict_on_us_and_the_next_submission_is_graded(session, mini, killed):
    stub(mini).write_text(RIGHT, encoding="utf-8")
    killed.left = 2
    exercise = session.course.find("halve")
    report = session.grade_file(exercise).report
    assert (report.status, report.score, report.max_score) == ("grader_error", 0, 4)
    assert report.problem == "the judge was killed; the machine may have run out of memory"
    assert session.grade_file(exercise).report.status == "passed"


def test_a_judge_that_cannot_be_started_is_a_verdict_on_us(session, mini, monkeypatch):
    def refuse(*_args, **_options):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    stub(mini).write_text(RIGHT, encoding="utf-8")
    monkeypatch.setattr("subprocess.Popen", refuse)
    report = session.grade_file(session.course.find("halve")).report
    assert report.status == "grader_error"
    assert "the judge could not be started" in report.problem
    assert "temporarily unavailable" in report.problem


def test_what_the_judge_answers_that_nobody_can_read_is_told(monkeypatch):
    with Judge() as judge:
        monkeypatch.setattr(judge, "_ask", lambda data: b"\xc1")
        with pytest.raises(JudgeDied, match="cannot be read"):
            judge.ask(GradeRequest(b"", "x", None))


@pytest.mark.parametrize("error", [MemoryError("all of it"), RecursionError("deep"), KeyError("x"), AssertionError()])
def test_whatever_goes_wrong_in_grading_is_answered_with_its_cause(monkeypatch, mini, error):
    from grader.judge.entry.admission import Admitted
    from grader.judge.entry.submission import submission_of

    class Broken:
        def take(self, *_args):
            raise error

    request = GradeRequest(os.fsencode(mini), "numbers/halve", Admitted(submission_of(RIGHT, "x.py")))
    result = grading.answer(Broken(), request)
    assert isinstance(result, GradeResult)
    assert result.status == "grader_error"
    assert type(error).__name__ in result.problem["zh"]
    assert "in take" in result.traceback


def test_whatever_goes_wrong_in_the_admission_is_told_with_its_cause(session, mini, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError("in our own code")

    stub(mini).write_text(RIGHT, encoding="utf-8")
    monkeypatch.setattr("grader.session.admit", fail)
    report = session.grade_file(session.course.find("halve")).report
    assert (report.status, report.problem) == ("grader_error", "ZeroDivisionError: in our own code")
    assert "in fail" in report.traceback


# --- workers


def test_a_worker_that_could_not_be_started_is_tried_again(judging, monkeypatch):
    tries, make = [], workers.Worker.__init__

    def sometimes(self, *args):
        tries.append(None)
        if len(tries) in (1, 2, 4):
            raise workers.NotReady({"en": "no more processes", "zh": "no more processes"})
        make(self, *args)

    monkeypatch.setattr(workers.Worker, "__init__", sometimes)
    monkeypatch.setattr(workers, "PAUSES", (0.01, 0.01, 0.01))
    assert judging("halve").grade(RIGHT).status == "passed"


def test_workers_that_cannot_be_started_at_all_are_an_error_of_ours(judging, monkeypatch):
    def never(self, *_args):
        raise workers.NotReady({"en": "no more processes", "zh": "no more processes"})

    monkeypatch.setattr(workers.Worker, "__init__", never)
    monkeypatch.setattr(workers, "PAUSES", (0.01,))
    with pytest.raises(GraderError, match="no more processes"):
        judging("halve").grade(RIGHT)


def test_a_worker_that_never_reads_is_given_up(server, monkeypatch, tmp_path):
    """A frame that is larger than the socket takes, to a process that stands still."""
    import time

    from grader import wire
    from grader.formats import Limits
    from grader.judge.workers.deadlines import Budget
    from grader.wire.values import to_wire
    from grader.worker.sandbox import readable_paths

    source = "import os, signal\ndef f(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n"
    load = wire.Load(source, "x.py", ["f"], [])
    worker = workers.Worker(server, readable_paths([]), Budget(Limits(call_seconds=0.5, exercise_seconds=5)), load)
    worker.start()
    started = time.monotonic()
    with pytest.raises(workers.WorkerFailure) as raised:
        worker.request(wire.Call(0, None, "f", [1], {}), {})
    assert raised.value.kind == "timeout"
    load = wire.Load(
        "import os, signal, threading\nthreading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGSTOP)).start()\n",
        "x.py",
        [],
        [],
    )
    worker = workers.Worker(server, readable_paths([]), Budget(Limits(call_seconds=0.5, exercise_seconds=5)), load)
    worker.start()
    time.sleep(0.5)
    large = to_wire("x" * 2**23, lambda value: None)
    with pytest.raises(workers.WorkerFailure) as raised:
        worker.request(wire.Set(0, None, "y", large), {})
    assert raised.value.kind == "timeout"
    assert time.monotonic() - started < 10


def test_where_no_process_can_be_forked_cases_are_recorded_in_one(judging, monkeypatch):
    def refuse():
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(recording, "WORTH_A_FORK", 1)
    monkeypatch.setattr(recording.os, "fork", refuse)
    assert judging("halve").loaded.bank(judging("halve").loaded.conventions[0].reference)


# --- authors' own mistakes

STRATEGY = "cases = sizes(4).flatmap(lambda n: values((n,), scale=10.0)).map(Case)"
BROKEN_STRATEGY = "def made(n):\n    return {}[n]\n\n\ncases = sizes(4).map(made)"


@pytest.mark.parametrize("forked", [True, False], ids=["in the second process", "in one process"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_strategy_that_raises_is_named_with_the_authors_own_line(program, mini, forked, lang):
    properties = mini / "tests/numbers/test_halve.py"
    if forked:  # halves of 200 cases and more; the second one has the strategy of its own
        other = "\n\n@graded(points=1, title={'en': 'x', 'zh': '中'})\n@given(case=sizes(4).map(lambda n: {}[n]))\ndef test_other(submission, reference, case):\n    pass\n"
        properties.write_text(properties.read_text(encoding="utf-8") + other, encoding="utf-8")
    else:
        change(properties, STRATEGY, BROKEN_STRATEGY)
    stub(mini).write_text(RIGHT, encoding="utf-8")
    done = program("exercise", "halve", lang=lang)
    assert done.returncode == 3, done.stderr
    shown = "".join(done.stdout.split())
    assert "KeyError:" in shown
    assert "test_halve.py" in shown
    assert "{}[n]" in shown
    assert {"en": "thestrategyof", "zh": "的策略"}[lang] in shown
    proved = program("author", "check", "halve", "--seeds", "1", lang=lang)
    assert proved.returncode == 1, proved.stderr
    assert "Traceback" not in proved.stderr
    assert "{}[n]" in proved.stdout
    assert "test_halve.py" in proved.stdout


def test_a_reference_that_does_not_load_is_a_fact_that_does_not_hold(program, mini):
    change(mini / "solutions/numbers/halve.py", "import torch", "import torch\nraise OSError('no disk')")
    proved = program("author", "check", "halve", "--seeds", "1", "--cases", "10", "--format", "json")
    assert proved.returncode == 1, proved.stderr
    (proof,) = json.loads(proved.stdout)
    assert any("no disk" in fact["detail"] for fact in proof["facts"] if not fact["holds"])


# --- points


@pytest.mark.parametrize(
    ("points", "source", "score", "worth"),
    [
        ("20", RIGHT, 20, 20),
        ("20", WRONG, 5, 20),
        ("20", "def f(:\n", 0, 20),
        ("1.1", RIGHT, 1.1, 1.1),
        ("1.1", WRONG, 0.28, 1.1),
        ("7", None, 0, 7),
    ],
)
def test_points_of_the_syllabus_are_what_is_awarded_run_or_not(program, mini, points, source, score, worth):
    change(mini / "exercises/course.toml", "points = 4", f"points = {points}")
    if source is not None:
        stub(mini).write_text(source, encoding="utf-8")
    report = json.loads(program("exercise", "halve", "--cases", "10", "--format", "json").stdout)
    assert (report["score"], report["max_score"]) == (score, worth)
