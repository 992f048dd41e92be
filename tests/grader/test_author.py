"""`grade author`: a new exercise is proved as it stands, and whatever falls short is said."""

import json

import pytest

from grader.course import open_course
from grader.judge.proof.scheduling import Prover

NAME = "weighted_mean"


@pytest.fixture
def course(mini):
    return mini


@pytest.fixture
def grade(program):
    return program


@pytest.fixture
def authored(course, grade):
    """A course with a new exercise in it."""
    done = grade("author", "new", NAME, "--track", "numbers")
    assert done.returncode == 0, done.stderr
    return done


def check(grade, *options):
    done = grade("author", "check", NAME, "--seeds", "1", "--cases", "20", "--format", "json", *options)
    assert done.returncode in (0, 1), done.stderr
    (proof,) = json.loads(done.stdout)
    assert done.returncode == (0 if proof["proved"] else 1)
    return proof


def short(proof):
    return [fact["name"] for fact in proof["facts"] if not fact["holds"]]


def change(course, path, old, new):
    text = (course / path).read_text(encoding="utf-8")
    assert old in text
    (course / path).write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_exercise_is_proved_as_it_stands_and_remembered(grade, authored):
    assert f"exercises/numbers/{NAME}.py" in authored.stdout
    first = check(grade)
    assert short(first) == []
    assert first["mutants"] > 4
    assert first["killed"] == first["mutants"]
    assert first["seconds"] > 0
    assert check(grade) == {**first, "seconds": 0.0}
    assert check(grade, "--fresh")["seconds"] > 0
    assert check(grade)["seconds"] == 0


def test_a_proof_does_not_outlive_a_reference_that_is_imported(course):
    (course / "solutions/numbers/counter.py").write_text(
        "from exercises.numbers.halve import halve\n", encoding="utf-8"
    )
    opened = open_course(course)
    prover = Prover(opened, seeds=1, cases=10, jobs=1, cache=None)
    asked = prover.requests(opened.find("counter"))[0]
    before = prover.key(opened.find("counter"), asked)
    change(course, "solutions/numbers/halve.py", "import torch", "import torch  # changed")
    assert prover.key(opened.find("counter"), asked) != before


def test_a_new_exercise_can_be_worked_on(grade, course, authored):
    assert NAME in grade("list").stdout
    assert grade("exercise", NAME).returncode == 1
    solution = course / f"solutions/numbers/{NAME}.py"
    done = grade("exercise", NAME, "--submission", solution)
    assert (done.returncode, "10/10" in done.stdout) == (0, True)


def test_what_the_author_wrote_into_the_syllabus_stays(course, authored):
    text = (course / "exercises/course.toml").read_text(encoding="utf-8")
    assert text.count("[[tracks]]") == 1
    assert text.index('name = "counter"') < text.index(f'name = "{NAME}"')


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Weighted-Mean", "--track", "numbers"], "lower-case"),
        (["class", "--track", "numbers"], "lower-case"),
        (["x", "--track", "letters"], "there are: numbers"),
        (["halve", "--track", "numbers"], "is there already"),
    ],
)
def test_a_name_that_will_not_do_changes_nothing(grade, course, words, says):
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    done = grade("author", "new", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_everything_that_falls_short_is_listed(grade, course, authored):
    answers, about = f"solutions/numbers/{NAME}.toml", f"exercises/numbers/{NAME}.toml"
    properties = f"tests/numbers/test_{NAME}.py"
    # A misconception that nobody can tell from another, one that is right, a text in one language, a stale entry.
    twin = """
[[misconceptions]]
id = "forgot-to-divide"
title.en = "Not divided"
title.zh = "没有除"
explanation.en = "You did not divide."
explanation.zh = "You did not divide."
hint.en = "Divide."
hint.zh = "请除。"
edits = [{ find = " / weights.sum()", replace = " / 1" }]

[[misconceptions]]
id = "right"
title.en = "Right"
title.zh = "对的"
explanation.en = "It is right."
explanation.zh = "这是对的。"
hint.en = "None."
hint.zh = "无。"
edits = [{ find = "weights @ X / weights.sum()", replace = "(weights / weights.sum()) @ X" }]

[[equivalents]]
line = "return 0"
mutants = ["return 1"]
reason = "there is no such line"
"""
    with (course / answers).open("a", encoding="utf-8") as stream:
        stream.write(twin)
    change(course, about, "difficulty = 1", "difficulty = 1\n")
    change(course, f"exercises/numbers/{NAME}.py", "tensor([6.5000, 1.0000])", "tensor([6.5000, 2.0000])")
    change(course, properties, 'teaching="the law behind the division; an input that can be checked at a glance",', "")
    change(course, f"exercises/numbers/{NAME}.py", 'weights: Float[Tensor, " n"])', 'w: Float[Tensor, " n"])')
    found = short(check(grade))
    for expected in (
        "every text is in both languages",
        "the statement's example is what the reference gives",
        "stub and reference have the same signatures",
        "not-divided is diagnosed as itself",
        "forgot-to-divide is diagnosed as itself",
        "right loses points",
        "every equivalent mutant that is entered exists",
        "equal_rows catches only what others catch too: drop it, or mark it as teaching",
    ):
        assert expected in found


def test_a_mutant_that_no_property_catches_is_shown_and_can_be_explained(grade, course, authored):
    line = "    return weights @ X / weights.sum()"
    change(course, f"solutions/numbers/{NAME}.py", line, f"    unused = 1\n{line}")
    survivors = [name for name in short(check(grade)) if name.startswith("mutant survives: ")]
    place = f"mutant survives: {NAME}:8: unused = 1  →  "
    assert set(survivors) == {place + after for after in ("pass", "unused = 2", "unused = 0")}
    entry = "line = 'unused = 1'\nmutants = ['pass', 'unused = 2', 'unused = 0']\nreason = 'nobody uses it'\n"
    with (course / f"solutions/numbers/{NAME}.toml").open("a", encoding="utf-8") as stream:
        stream.write(f"\n[[equivalents]]\n{entry}")
    proof = check(grade)
    assert (proof["survived"], proof["equivalent"]) == (0, 3)


def test_a_property_that_the_reference_fails_is_a_fact_and_not_a_crash(grade, course, authored):
    change(course, f"tests/numbers/test_{NAME}.py", "shape=case.X.shape[1:]", "shape=case.X.shape")
    proof = check(grade)
    assert "the exercise can be loaded and its properties hold for every right variant" in short(proof)


def test_the_table_is_readable_in_both_languages(grade, authored):
    done = grade("author", "check", NAME, "--seeds", "1", "--cases", "20")
    assert "All 1 exercises are proved." in done.stdout
    table = done.stdout.rpartition("exercise ")[2]
    assert all(len(line) <= 80 for line in table.splitlines())
    assert (
        "全部 1 道练习均已验证。" in grade("author", "check", NAME, "--seeds", "1", "--cases", "20", lang="zh").stdout
    )


def test_a_spot_check_asks_nothing_of_properties_and_claims_no_proof(capsys):
    from grader.judge.proof.results import MutantFate, ProofResult
    from grader.judge.proof.verdict import proof
    from grader.report.proof import print_table
    from grader.report.text import make_console

    piece = ProofResult("numbers/halve", [], names=["a"], mutants=[MutantFate("x", "y", "killed", "")])
    whole, sample = proof("numbers/halve", [piece], 1), proof("numbers/halve", [piece], 1, sampled=True)
    assert not whole.proved
    assert sample.proved
    assert sample.sampled
    print_table([sample], make_console(), lang="en")
    printed = " ".join(capsys.readouterr().out.split())
    assert "only some mutants were tried" in printed
    assert "are proved" not in printed


@pytest.fixture
def example(course):
    """Writes a file that is kept as an example of the exercise."""

    def write(kind, name, text):
        folder = course / "tests/grader" / kind / "numbers" / NAME
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    return write


HEAD = "# mistake: …\n# diagnosis: {}\n"
RIGHT = "import torch\n\n\ndef weighted_mean(X, weights):\n    return {}\n"


def test_kept_examples_are_tried_under_every_seed_and_remembered_one_by_one(grade, authored, example):
    example("right_solutions", "loop", RIGHT.format("sum(w * x for w, x in zip(weights, X)) / sum(weights)"))
    example("wrong_submissions", "sum", HEAD.format("not-divided") + RIGHT.format("torch.matmul(weights, X)"))
    proof = check(grade, "--seeds", "2")
    held = {fact["name"] for fact in proof["facts"] if fact["holds"]}
    assert {
        "loop.py is right and gets every point", "sum.py loses points", "sum.py is diagnosed as not-divided"
    } <= held, short(proof)  # fmt: skip
    assert short(proof) == []
    assert check(grade, "--seeds", "2")["seconds"] == 0
    example("right_solutions", "again", RIGHT.format("(weights @ X) / weights.sum()"))
    again = check(grade, "--seeds", "2")
    assert 0 < again["seconds"] < proof["seconds"]
    assert short(again) == []


TWICE = """    weights = weights / torch.sum(weights)  # after which weights.sum() is 1
    return weights @ X / weights.sum()
"""


def test_what_is_no_mistake_in_another_style_is_not_looked_for_there(grade, authored, example):
    example("right_solutions", "twice", RIGHT.replace("    return {}\n", TWICE))
    proof = check(grade, "--mutants", "1")
    names = {fact["name"] for fact in proof["facts"]}
    assert "twice.py is right and gets every point" in names
    assert "weights-ignored, made in twice.py, is diagnosed as itself" in names
    assert "not-divided, made in twice.py, is diagnosed as itself" not in names


def test_an_example_that_is_not_what_it_is_kept_as_is_a_fact_that_does_not_hold(grade, authored, example):
    example("right_solutions", "wrong", RIGHT.format("X.mean(0)"))
    example("right_solutions", "broken", "def weighted_mean(:\n")
    example("wrong_submissions", "right", HEAD.format("") + RIGHT.format("(weights @ X) / weights.sum()"))
    example("wrong_submissions", "other", HEAD.format("weights-ignored") + RIGHT.format("weights @ X"))
    proof = check(grade)
    details = {fact["name"]: fact["detail"] for fact in proof["facts"] if not fact["holds"]}
    assert "seed 0: failed" in details["wrong.py is right and gets every point"]
    assert "invalid; broken.py is not valid Python: line 1" in details["broken.py is right and gets every point"]
    assert details["right.py loses points"] == "passed"
    assert details["other.py is diagnosed as weights-ignored"] == "→ not-divided"


def test_what_needs_no_run_is_told_first_and_all_of_it(grade, course, authored):
    answers, about = f"solutions/numbers/{NAME}.toml", f"exercises/numbers/{NAME}.toml"
    change(course, answers, 'find = "weights.sum()"', 'find = "weights.total()"')
    change(course, about, 'name = "torch.cov"', 'name = "torch.covariance"')
    change(course, about, '"leaves_its_arguments_alone"', '"leaves_them_alone"')
    done = grade("author", "check", NAME, "--seeds", "1", "--cases", "20", "--mutants", "2")
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if line.startswith("  ✗")]
    assert "  ✗ every edit fits the text once, under every convention (divided-by-n)" in wrong
    assert "  ✗ every forbidden name exists (torch.covariance)" in wrong
    assert "  ✗ every property that a hint is bound to exists (leaves_them_alone)" in wrong
    first_run = next(number for number, line in enumerate(lines) if "loses points" in line)
    assert all(lines.index(line) < first_run for line in wrong[:3]), done.stdout


def test_a_text_of_code_alone_needs_no_chinese(grade, course, authored):
    about = f"exercises/numbers/{NAME}.toml"
    change(course, about, 'en = "weights @ X sums over the rows; divide it by weights.sum()."', 'en = "`weights @ X`"')
    change(course, about, 'zh = "weights @ X 对各行求和；再除以 weights.sum()。"', 'zh = "`weights @ X`"')
    assert "every text is in both languages" not in short(check(grade, "--mutants", "1"))


def test_what_breaks_a_piece_is_told_in_the_authors_language(grade, course, authored):
    change(course, f"tests/numbers/test_{NAME}.py", "shape=case.X.shape[1:]", "shape=case.X.shape")
    shown = grade("author", "check", NAME, "--seeds", "1", "--cases", "20", "--mutants", "1", lang="zh").stdout
    assert "does not hold" not in shown
    assert "不成立" in shown


OTHER = """
[[conventions]]
id = "scaled-first"
title.en = "The weights are divided first"
title.zh = "先把权重除好"
edits = [{ find = "weights @ X / weights.sum()", replace = "(weights / weights.sum()) @ X" }]
"""


def test_a_misconception_says_how_it_is_made_under_a_convention_or_falls_short(grade, course, authored):
    answers = course / f"solutions/numbers/{NAME}.toml"
    text = answers.read_text(encoding="utf-8")
    answers.write_text(OTHER + text, encoding="utf-8")
    proof = check(grade, "--mutants", "1")
    details = {fact["name"]: fact["detail"] for fact in proof["facts"] if not fact["holds"]}
    vanished = details["every edit fits the text once, under every convention"]
    assert "weights-ignored (scaled-first)" in vanished
    under = 'under = [{ conventions = ["scaled-first"], edits = [{ find = "(weights / weights.sum()) @ X", replace = "X.mean(dim=0)" }] }]\n'
    answers.write_text(OTHER + text.replace(
        'edits = [{ find = "weights @ X / weights.sum()", replace = "X.mean(dim=0)" }]\n',
        'edits = [{ find = "weights @ X / weights.sum()", replace = "X.mean(dim=0)" }]\n' + under,
    ), encoding="utf-8")  # fmt: skip
    details = {fact["name"]: fact["detail"] for fact in check(grade, "--mutants", "1")["facts"]}
    assert "weights-ignored" not in details["every edit fits the text once, under every convention"]
    assert "weights-ignored under the convention scaled-first is diagnosed as itself" in details
