"""Whatever has been written is graded, in a folder made by `grade start` as in a clone; the rest is not written yet."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = ("--cases", "20")


@pytest.fixture
def workspace(program, tmp_path):
    done = program("start", "ws", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "ws"


@pytest.fixture
def grade(program, workspace):
    """The report on a text saved as the learner's own file."""

    def run(name, text, *options, **environment):
        path = workspace / f"exercises/{name}.py"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = program("exercise", name, *CASES, "--format", "json", *options, cwd=workspace, **environment)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == (0 if '"passed"' in done.stdout.partition('"score"')[0] else 1), done.stderr
        return json.loads(done.stdout)

    return run


def stub(name):
    return (ROOT / f"exercises/{name}.py").read_text(encoding="utf-8")


def solution(name):
    return (ROOT / f"solutions/{name}.py").read_text(encoding="utf-8")


def written(name, *functions):
    """The stub with some of its functions taken from the solution."""
    import ast

    bodies = {
        node.name: ast.get_source_segment(solution(name), node)
        for node in ast.parse(solution(name)).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    text = original = stub(name)
    for node in ast.parse(original).body:
        if getattr(node, "name", "") in functions:
            text = text.replace(ast.get_source_segment(original, node), bodies[node.name])
    return text


def messages(report):
    return {result["id"]: result["message"] for result in report["properties"] if result["status"] != "passed"}


def test_the_function_that_is_written_earns_its_points_and_the_other_is_not_written_yet(grade):
    report = grade("attention/masked_softmax", written("attention/masked_softmax", "sequence_mask"))
    assert (report["status"], report["score"]) == ("failed", 1)
    assert messages(report)["none_masks_nothing"] == "masked_softmax is not written yet"
    assert {result["status"] for result in report["properties"]} == {"passed", "failed", "blocked"}


def test_half_of_an_exercise_with_many_functions_earns_half_of_its_points(grade):
    report = grade(
        "optimization/learning_rate_schedules",
        "import math\n" + written("optimization/learning_rate_schedules", "SquareRootScheduler", "FactorScheduler"),
    )
    assert report["status"] == "failed"
    assert report["score"] > 0
    assert any("is not written yet" in str(message) for message in messages(report).values())


def test_a_class_with_one_method_written_is_begun(grade):
    text = stub("attention/dot_product_attention").replace("raise NotImplementedError", "return None", 1)
    report = grade("attention/dot_product_attention", text)
    assert report["status"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n\n# where do I begin?\n",
        lambda text: "import math\n" + text,
    ],
    ids=["as it is", "BOM", "CRLF", "a comment", "an import"],
)
def test_the_stub_itself_is_not_started(grade, change):
    report = grade("attention/masked_softmax", change(stub("attention/masked_softmax")))
    assert (report["status"], report["score"], report["max_score"]) == ("not_started", 0, 10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def f(:\n", "is not valid Python: line 1"),
        ("def masked_softmax(X, valid_lens):\n", "is not valid Python: line 1"),
        ("", "is empty"),
        ("x = '中文\n", "is not valid Python: line 1"),
        ("import nothing\n", "does not load: ModuleNotFoundError"),
        ("def masked_softmax(X, v):\n    return X\n", "does not define sequence_mask"),
    ],
    ids=["half a definition", "no body", "nothing", "half a string", "an import that fails", "a name is missing"],
)
def test_what_is_saved_half_way_is_told_so_and_never_ends_in_a_traceback(grade, text, says):
    report = grade("attention/masked_softmax", text)
    assert report["status"] == "invalid"
    assert says in report["problem"]


def test_a_broken_stub_of_ones_own_does_not_touch_another_file(grade, program, workspace, tmp_path):
    for broken in ("def f(:\n", "\ufeff" + stub("attention/masked_softmax")):
        (workspace / "exercises/attention/masked_softmax.py").write_text(broken, encoding="utf-8")
        other = tmp_path / "other.py"
        other.write_text(solution("attention/masked_softmax"), encoding="utf-8")
        done = program("exercise", "masked_softmax", *CASES, "--submission", other, cwd=workspace)
        assert done.returncode == 0, done.stderr


def test_not_implemented_in_torch_is_told_in_torchs_words(grade):
    text = (
        "import torch\n\n\ndef sequence_mask(X, valid_len, value=0):\n    return torch.softmax(X.long(), -1)\n\n\n"
        "def masked_softmax(X, valid_lens):\n    return X\n"
    )
    report = grade("attention/masked_softmax", text)
    message = messages(report)["sequence_mask"]
    assert message.startswith('raised NotImplementedError: "softmax_lastdim_kernel_impl" not implemented')
    assert "line 5, in sequence_mask" in next(
        result["traceback"] for result in report["properties"] if result["id"] == "sequence_mask"
    )


def test_in_a_clone_half_written_work_is_graded_too(program, tmp_path):
    quiet = {"check": True, "capture_output": True}
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], **quiet)
    path = clone / "exercises/attention/masked_softmax.py"
    path.write_text(written("attention/masked_softmax", "sequence_mask"), encoding="utf-8")
    asked = ("exercise", "masked_softmax", *CASES, "--format", "json")
    report = json.loads(program(*asked, cwd=clone).stdout)
    assert (report["status"], report["score"]) == ("failed", 1)
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *identity, "commit", "-qam", "half of it"], cwd=clone, **quiet)
    path.write_text(stub("attention/masked_softmax"), encoding="utf-8")
    assert json.loads(program(*asked, cwd=clone).stdout)["status"] == "not_started"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_not_written_yet_is_said_in_both_languages(program, workspace, lang):
    path = workspace / "exercises/attention/masked_softmax.py"
    path.write_text(written("attention/masked_softmax", "sequence_mask"), encoding="utf-8")
    shown = program("exercise", "masked_softmax", *CASES, cwd=workspace, lang=lang).stdout
    assert {"en": "masked_softmax is not written yet", "zh": "masked_softmax 还没有写"}[lang] in shown
    assert "1/10" in shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_deleted_stub_says_how_to_get_it_back(program, workspace, lang):
    path = workspace / "exercises/attention/masked_softmax.py"
    path.unlink()
    done = program("exercise", "masked_softmax", cwd=workspace, lang=lang)
    assert done.returncode == 1
    assert "grade reset masked_softmax" in " ".join(done.stdout.split())
    assert program("reset", "masked_softmax", cwd=workspace, lang=lang).returncode == 0
    assert path.read_text(encoding="utf-8") == stub("attention/masked_softmax")


def test_a_deleted_earlier_exercise_says_so_too(program, workspace):
    (workspace / "exercises/attention/additive_attention.py").unlink()
    path = workspace / "exercises/attention/bahdanau_decoder.py"
    path.write_text("from exercises.attention.additive_attention import AdditiveAttention\n", encoding="utf-8")
    shown = " ".join(program("exercise", "bahdanau_decoder", cwd=workspace).stdout.split())
    assert "`grade reset additive_attention` brings the stub back" in shown


LAMBDAS = (
    "sequence_mask = lambda X, valid_len, value=0: X.masked_fill("
    "torch.arange(X.shape[1]) >= valid_len[:, None], value)\n"
    "masked_softmax = lambda X, L: torch.softmax(X if L is None else X.masked_fill("
    "torch.arange(X.shape[2]) >= L.reshape(len(L), -1, 1), -torch.inf), -1)\n"
)


@pytest.mark.parametrize(
    "added",
    [LAMBDAS, "if True:\n" + "".join(f"    {line}\n" for line in LAMBDAS.splitlines())],
    ids=["below the stub", "in a block"],
)
def test_an_answer_beside_the_stubs_own_functions_is_graded(grade, added):
    report = grade("attention/masked_softmax", stub("attention/masked_softmax") + "\n\n" + added)
    assert (report["status"], report["score"]) == ("passed", 10)


@pytest.mark.parametrize("added", ["x = 1 / 0", "from d2l import torch as d2l"], ids=["an error", "an import"])
def test_what_goes_wrong_beside_the_stubs_own_functions_is_told(grade, added):
    report = grade("attention/masked_softmax", stub("attention/masked_softmax") + f"\n\n{added}\n")
    assert report["status"] == "invalid"
    assert "does not load" in report["problem"]


def test_a_name_that_is_missing_says_what_may_have_been_meant_or_what_to_do(grade):
    text = solution("attention/masked_softmax")
    renamed = grade("attention/masked_softmax", text.replace("masked_softmax", "mask_softmax"))
    assert "is it one of these by another name? mask_softmax → masked_softmax" in renamed["problem"]
    alone = grade("attention/masked_softmax", "def sequence_mask(X, valid_len, value=0):\n    return X\n")
    assert alone["problem"].endswith(
        "put it back as the stub has it, even if it is not written yet, and the rest is graded"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_outside_of_a_course_folder_nothing_of_the_package_is_graded(program, workspace, tmp_path, lang):
    (workspace / "exercises/course.toml").unlink()
    for folder in (tmp_path, workspace):
        done = program("exercise", "masked_softmax", cwd=folder, lang=lang)
        assert (done.returncode, done.stdout) == (2, "")
        assert "grade start DIR" in done.stderr
    path = tmp_path / "mine.py"
    path.write_text(solution("attention/masked_softmax"), encoding="utf-8")
    assert program("exercise", "masked_softmax", *CASES, "--submission", path, cwd=tmp_path).returncode == 0


def test_an_error_in_an_earlier_exercise_names_that_file_and_its_line(grade, workspace):
    earlier = workspace / "exercises/attention/dot_product_attention.py"
    text = "from exercises.attention.dot_product_attention import DotProductAttention\n" + solution(
        "attention/multi_head_attention"
    )
    earlier.write_text("import torch\n\nimport d2l\n")
    report = grade("attention/multi_head_attention", text)
    assert report["problem"].startswith(f"{earlier} does not load: ModuleNotFoundError")
    assert ">    3 | import d2l" in report["traceback"]
