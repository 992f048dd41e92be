"""What the judge makes of submissions, on a miniature course."""

import dataclasses
import textwrap
from pathlib import Path

import msgspec
import pytest
from judging import Judging

from grader.course import open_course
from grader.judge import grading
from grader.judge.bank.recording import record
from grader.judge.entry import admission
from grader.judge.results import GraderError
from grader.judge.trying import banked, shrinking, subjects

MINI = Path(__file__).with_name("mini_course")
RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"


@pytest.fixture(scope="module")
def grader(server):
    course = open_course(MINI)
    return Judging(server, course, "halve")


@pytest.fixture
def grade(grader, tmp_path):
    def grade(source, **options):
        path = tmp_path / "halve.py"
        path.write_bytes(source if isinstance(source, bytes) else textwrap.dedent(source).encode())
        return grader.grade(path, **options)

    return grade


def statuses(result):
    return {property_.id: property_.status for property_ in result.properties}


def failure(result, name):
    return next(property_.failure for property_ in result.properties if property_.id == name)


def test_a_right_submission_passes_with_every_point_and_star(grade):
    result = grade(RIGHT)
    assert (result.status, result.score, result.max_score, result.stars, result.max_stars) == ("passed", 4, 4, 1, 1)
    assert result.convention == {"en": "rounded down", "zh": "向下取整"}


def test_a_property_with_a_share_is_tried_on_fewer_cases(grader):
    loaded = grader.loaded
    properties = [dataclasses.replace(loaded.properties[0], share=0.25), *loaded.properties[1:]]
    bank = record(properties, loaded.conventions[0].reference, 0, 20)
    assert [len(bank[property_.id]) for property_ in properties[:2]] == [5, 20]


def test_cases_from_the_cache_are_of_the_graders_own_classes(server, tmp_path):
    course = open_course(MINI)
    first, second = (
        Judging(server, course, "halve", seed=0, cases=5, cache=tmp_path) for _ in range(2)
    )  # each loads the properties anew
    for loaded in (first.loaded, second.loaded, first.loaded):
        loaded._banks.clear()
        bank = loaded.bank(loaded.conventions[0].reference)
        own = loaded.properties[0].function.__globals__["Case"]
        assert all(type(banked.case) is own for cases in bank.values() for banked in cases)


def test_another_convention_passes_and_is_named(grade):
    result = grade(RIGHT.replace("floor", "ceil"))
    assert (result.status, result.score, result.stars) == ("passed", 4, 1)
    assert result.convention["en"] == "rounded up"


def test_a_mixture_of_conventions_does_not_pass(grade):
    result = grade("import torch\ndef halve(X):\n    return torch.ceil(X / 2) if len(X) > 2 else torch.floor(X / 2)\n")
    assert statuses(result) == {"shape": "passed", "matches": "failed", "leaves_x_alone": "passed"}


def test_a_wrong_value_is_shown_on_the_smallest_input(grade):
    result = grade("def halve(X):\n    print('X is', X.tolist())\n    return X / 2\n")
    found = failure(result, "matches")
    assert result.score == 1
    assert found.counterexample["X"]["shape"] == [1]
    assert found.expected["values"] != found.actual["values"]
    assert found.index == [0]
    assert found.prints.startswith("X is [")


@pytest.mark.parametrize(
    ("wrong", "size", "clear"),
    [
        ("half * (1.00001 if len(X) < 3 else 1.5)", 3, True),  # the first case has one entry
        ("half * (1.5 if len(X) in (2, 4) else 1.00001)", 2, True),
        ("half * 1.00001", 1, False),
        ("torch.cat([half[:1] * 1.00001, half[1:] * 2])", 2, True),
    ],
)
def test_a_difference_that_is_plain_somewhere_is_shown_where_it_is(grade, wrong, size, clear):
    source = f"import torch\ndef halve(X):\n    half = torch.floor(X / 2)\n    return {wrong}\n"
    found = failure(grade(source), "matches")
    [at] = found.index
    mine, right = (shown["values"][at] for shown in (found.actual, found.expected))
    assert found.counterexample["X"]["shape"] == [size]
    assert (abs(mine - right) >= 0.01 * abs(mine)) == clear


def test_looking_for_a_plain_difference_is_bounded_and_repeats(grade, monkeypatch):
    source = "import torch\ndef halve(X):\n    return torch.floor(X / 2) * (1.00001 if len(X) < 4 else 2)\n"
    plain, again = (failure(grade(source), "matches") for _ in range(2))
    assert plain == again
    monkeypatch.setattr(shrinking, "CLEAR_COST", 0)
    monkeypatch.setattr(grading, "clear_fault", lambda trials, fault: fault)
    assert failure(grade(source), "matches").counterexample["X"]["shape"] == [1]


def test_nan_is_told_as_such_and_not_made_smaller_into_another_difference(grade):
    source = "import torch\ndef halve(X):\n    half = torch.floor(X / 2)\n    return half / (len(X) < 3) * (len(X) < 3) + 7\n"
    found = failure(grade(source.replace(" + 7", " * 7")), "matches")
    assert "NaN" not in found.text["en"]
    found = failure(grade(source.replace(" + 7", "")), "matches")
    assert found.text["en"].startswith("the result is NaN at [0], expected ")
    assert found.text["zh"].startswith("结果在 [0] 处是 NaN，应为 ")
    assert found.counterexample["X"]["shape"] == [3]


def test_where_nobody_asks_for_the_smallest_input_the_verdict_is_the_same(grade):
    source = RIGHT.replace("torch.floor(X / 2)", "torch.floor(X / 2) if len(X) < 3 else X / 2")
    quick, full = (grade(source, depth=depth) for depth in ("failures", "smallest"))
    assert (statuses(quick), quick.diagnosis) == (statuses(full), full.diagnosis)
    [first, smallest] = [failure(result, "matches").counterexample["X"]["values"] for result in (quick, full)]
    assert len(first) > len(smallest) == 3


def test_a_property_that_needs_another_is_blocked_and_not_failed(grade):
    result = grade("def halve(X):\n    return X[:0]\n")
    assert statuses(result)["matches"] == "blocked"
    assert "Keeps the shape" in failure(result, "matches").text["en"]


def test_an_exception_is_a_failure_with_the_learners_own_line(grade):
    result = grade("def halve(X):\n    return helper(X)\n\ndef helper(X):\n    return X.halved()\n")
    found = failure(result, "shape")
    assert found.text["en"].startswith("raised AttributeError")
    assert "line 5, in helper\n    return X.halved()" in found.traceback["en"]
    assert "第 5 行，helper\n    return X.halved()" in found.traceback["zh"]
    assert "grader" not in found.traceback["en"]


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(0)", "GeneratorExit", "BaseException('x')"])
def test_an_exception_that_would_end_a_grader_is_data(grade, raised):
    assert statuses(grade(f"def halve(X):\n    raise {raised}\n"))["shape"] == "failed"


def test_a_worker_that_dies_costs_only_its_property(grade):
    result = grade("""
        import os, torch
        def halve(X):
            if X.numel() == 3 and X.dtype == torch.float64 and not hasattr(os, "once"):
                os._exit(0)
            return torch.floor(X / 2)
    """)
    assert set(statuses(result).values()) == {"crashed", "blocked"}
    assert failure(result, "shape").text["en"] == "the process ended itself with exit code 0"
    assert failure(result, "shape").counterexample is not None


def test_a_call_that_hangs_times_out_within_its_limit(grade):
    result = grade("def halve(X):\n    while True: pass\n")
    assert statuses(result)["shape"] == "timeout"
    assert (
        result.duration_s < 2 * (1 + 1) + 4
    )  # two properties are tried, a second each, and a busy machine has its excuse


def test_the_exercise_as_a_whole_has_a_limit(grade):
    result = grade("import time\ndef halve(X):\n    time.sleep(0.9)\n    return X\n")
    assert "timeout" in statuses(result).values()
    assert result.duration_s < 6 + 1


def test_a_memory_hog_crashes_within_its_limit(grade):
    result = grade("import torch\ndef halve(X):\n    return torch.zeros(2**28)[: len(X)]\n")
    assert statuses(result)["shape"] == "crashed"
    assert failure(result, "shape").text["en"].startswith("ran out of memory")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "is empty"),
        ("def halve(X:\n    return X\n", "not valid Python: line 1"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("x = 1\n", "does not define halve"),
        ("import nothing_like_this\n", "does not load: ModuleNotFoundError"),
    ],
    ids=["empty", "syntax", "encoding", "missing", "import"],
)
def test_what_cannot_be_graded_is_invalid_and_says_why(grade, source, message):
    result = grade(source)
    assert result.status == "invalid"
    assert message in result.problem["en"]
    assert result.score == 0


def test_an_error_while_loading_shows_the_learners_line(grade):
    result = grade("import torch\n\nx = 1 / 0\n" + RIGHT)
    assert "ZeroDivisionError" in result.problem["en"]
    assert ">    3 | x = 1 / 0" in result.traceback


def test_the_stub_is_not_started_whatever_its_comments_and_line_ends(grade):
    stub = (MINI / "exercises/numbers/halve.py").read_text(encoding="utf-8")
    for text in (stub, stub.replace("\n", "\r\n"), "# mine\nimport math\n" + stub + "\n\n"):
        assert (grade(text).status, grade(text).score) == ("not_started", 0)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "def halve(X):\n    return later(X)\ndef later(X):\n    raise NotImplementedError\n",
            "later is not written yet",
        ),
        ("def halve(X):\n    raise NotImplementedError('later')\n", "raised NotImplementedError: later"),
        (
            "import torch\ndef halve(X):\n    return torch.softmax(X.long(), -1)\n",
            'raised NotImplementedError: "softmax',
        ),
    ],
    ids=["a bare raise is not written", "a raise with words is the learner's", "torch's own is an error"],
)
def test_not_implemented_error_is_taken_for_what_it_is(grade, source, says):
    result = grade(source)
    assert (result.status, result.score) == ("failed", 0)
    assert failure(result, "shape").text["en"].startswith(says)
    assert failure(result, "shape").counterexample is None or "written" not in says


def test_what_is_not_written_yet_is_not_started_where_nobody_knows_the_stub(grade, monkeypatch):
    monkeypatch.setattr(admission, "pristine", lambda exercise: None)
    assert grade("def halve(X):\n    raise NotImplementedError\n").status == "not_started"
    assert grade("import torch\ndef halve(X):\n    return torch.floor(X / 2)\n").status == "passed"


@pytest.mark.parametrize(
    "text", ["\ufeff" + RIGHT, RIGHT.replace("\n", "\r\n"), RIGHT.replace("    ", "\t")], ids=["BOM", "CRLF", "tabs"]
)
def test_a_file_from_another_editor_is_graded_normally(grade, text):
    assert grade(text).status == "passed"


def test_a_file_with_a_chinese_name_is_graded_normally(grader, tmp_path):
    path = tmp_path / "减半 🙂.py"
    path.write_text(RIGHT, encoding="utf-8")
    assert grader.grade(path).status == "passed"


def test_a_symbolic_link_is_refused_unread(grader, tmp_path):
    link = tmp_path / "link.py"
    link.symlink_to("/etc/passwd")
    result = grader.grade(link)
    assert result.status == "invalid"
    assert "root" not in str(msgspec.to_builtins(result).get("traceback"))


WRONG = "import torch\ndef halve(X):\n    print(torch.rand(1), {'a', 'b', 'c'})\n    return X / 2 + torch.rand(1)\n"


def test_the_same_seed_gives_the_same_report_byte_for_byte(server, tmp_path):
    path = tmp_path / "halve.py"
    path.write_text(WRONG, encoding="utf-8")
    course = open_course(MINI)
    cache = tmp_path / "cache"
    reports = set()
    for folder in (None, cache, cache):  # recorded, recorded and stored, loaded
        grader = Judging(server, course, "halve", seed=5, cases=20, cache=folder)
        reports.add(msgspec.json.encode(msgspec.structs.replace(grader.grade(path), duration_s=0)))
    assert len(reports) == 1
    assert len(list((cache / "banks").iterdir())) == 2  # one bank per convention


def test_another_seed_draws_other_cases(server):
    course = open_course(MINI)
    banks = [Judging(server, course, "halve", seed=seed, cases=20, cache=None) for seed in (0, 1)]
    first, second = (
        [banked.case for banked in loaded.bank(loaded.conventions[0].reference)["shape"]]
        for loaded in (judging.loaded for judging in banks)
    )
    assert first != second


def test_a_damaged_cache_is_recorded_anew(server, tmp_path):
    course = open_course(MINI)
    path = tmp_path / "halve.py"
    path.write_text(RIGHT, encoding="utf-8")
    cache = tmp_path / "cache"
    for _ in range(2):
        grader = Judging(server, course, "halve", seed=0, cases=5, cache=cache)
        assert grader.grade(path).status == "passed"
        for file in (cache / "banks").iterdir():
            file.write_bytes(b"damaged")


def test_a_property_that_does_not_hold_for_the_reference_is_our_error(server, tmp_path):
    import shutil

    root = tmp_path / "course"
    shutil.copytree(MINI, root)
    solution = root / "solutions/numbers/halve.py"
    solution.write_text(solution.read_text(encoding="utf-8").replace("X / 2", "X[:0]"), encoding="utf-8")
    path = tmp_path / "halve.py"
    path.write_text(RIGHT, encoding="utf-8")
    course = open_course(root)
    with pytest.raises(GraderError, match="does not hold for the reference itself") as raised:
        Judging(server, course, "halve", seed=0, cases=5, cache=None).grade(path)
    assert "test_halve.py 第 " in raised.value.text["zh"]


def test_a_class_is_graded_through_its_objects(server, tmp_path):
    course = open_course(MINI)
    grader = Judging(server, course, "counter", seed=0, cases=20, cache=None)
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    source = (MINI / "solutions/numbers/counter.py").read_text(encoding="utf-8")
    right.write_text(source, encoding="utf-8")
    wrong.write_text(
        source.replace("self.value += 1\n        return self.value", "self.value += 1\n        return self.value - 1"),
        encoding="utf-8",
    )
    assert grader.grade(right).status == "passed"
    found = grader.grade(wrong).properties[0].failure
    assert found.counterexample == {"start": 0, "times": 1}
    assert found.text["en"] == "returned[0] is 0, expected 1"


def test_the_stub_of_a_class_is_not_started(server):
    course = open_course(MINI)
    grader = Judging(server, course, "counter", seed=0, cases=20, cache=None)
    assert grader.grade(MINI / "exercises/numbers/counter.py").status == "not_started"


FED_BACK = """
@graded(points=1, title={"en": "Fed back", "zh": "回送"})
@given(case=cases)
def test_fed_back(submission, reference, case):
    reference.halve(submission.halve(case.X))
"""


def test_an_exception_of_the_reference_is_not_shown_as_the_learners(server, tmp_path):
    """A property may hand the reference what the submission returned."""
    import shutil

    root = tmp_path / "course"
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns(".gradlings", "__pycache__"))
    properties = root / "tests/numbers/test_halve.py"
    properties.write_text(properties.read_text(encoding="utf-8") + FED_BACK, encoding="utf-8")
    path = tmp_path / "halve.py"
    path.write_text("import torch\n\n\n\n\ndef halve(X):\n    return 'text'\n", encoding="utf-8")
    course = open_course(root)
    result = Judging(server, course, "halve", seed=0, cases=5, cache=None).grade(path)
    found = failure(result, "fed_back")
    assert found.text["en"].startswith("the check stopped on what was returned: SubmissionError: TypeError")
    assert found.traceback is None


def test_answers_of_any_size_do_not_pile_up_in_the_judge(grader, tmp_path, monkeypatch):
    path = tmp_path / "halve.py"
    path.write_text("def halve(X):\n    return X / 2\n")
    tried = []
    try_bank = subjects.try_bank
    monkeypatch.setattr(
        subjects, "try_bank", lambda *args, **options: tried.append(try_bank(*args, **options)) or tried[-1]
    )
    named = grader.grade(path)
    kept = sum(trial.heard is not None for trials in tried for trial in trials)
    monkeypatch.setattr(banked, "TRANSCRIPT_BYTES", 100)
    tried.clear()
    unnamed = grader.grade(path)
    assert ([diagnosed.id for diagnosed in named.diagnosis], unnamed.diagnosis) == (["not-rounded"], [])
    assert sum(trial.heard is not None for trials in tried for trial in trials) < kept
    assert (named.status, named.score) == (unnamed.status, unnamed.score)
