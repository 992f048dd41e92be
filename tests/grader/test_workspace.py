"""`grade start` and `grade reset`: one always gets the stub as nobody has touched it, and never loses what one wrote."""

import shutil
import subprocess
import time

import pytest

from grader.stubs import kept_copy, newest_unwritten, pristine

WRITTEN = "def halve(X):\n    return X / 2\n"


@pytest.fixture
def stub(mini):
    return mini / "exercises/numbers/halve.py"


@pytest.fixture
def commit(mini):
    """Commits all there is; begins the repository if there is none."""

    def git(*words):
        subprocess.run(["git", *words], cwd=mini, check=True, capture_output=True)

    def run():
        if not (mini / ".git").exists():
            git("init", "-q")
        git("add", ".")
        git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")

    return run


def backups(stub):
    return [path.read_bytes() for path in sorted(stub.parent.glob("*.bak"))]


def test_reset_in_a_checkout_finds_the_stub_behind_the_learners_own_commits(program, mini, stub, commit):
    commit()
    original = stub.read_text(encoding="utf-8")
    for text in ("def halve(X):\n    return X\n", WRITTEN):
        stub.write_text(text, encoding="utf-8")
        commit()
    done = program("reset", "halve")
    assert done.returncode == 0, done.stderr
    assert stub.read_text(encoding="utf-8") == original
    assert backups(stub) == [WRITTEN.encode()]
    assert "untouched" in program("reset", "halve").stdout


def test_reset_in_a_checkout_finds_the_stub_as_it_was_edited_last(program, mini, stub, commit):
    commit()
    newer = stub.read_text(encoding="utf-8").replace("rounded to integers", "rounded down")
    for text in (newer, "def halve(X:\n", WRITTEN):
        stub.write_text(text, encoding="utf-8")
        commit()
    assert program("reset", "halve").returncode == 0
    assert stub.read_text(encoding="utf-8") == newer


def test_reset_looks_into_the_folder_of_the_course_in_a_larger_repository(program, mini, stub, tmp_path):
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    original = stub.read_bytes()
    stub.write_text(WRITTEN, encoding="utf-8")
    assert program("reset", "halve", cwd=stub.parent).returncode == 0
    assert stub.read_bytes() == original


def test_reset_works_in_a_shallow_clone(program, mini, stub, commit, tmp_path):
    for text in ("# an older one\n" + stub.read_text(encoding="utf-8"), stub.read_text(encoding="utf-8")):
        stub.write_text(text, encoding="utf-8")
        commit()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", mini.as_uri(), clone], check=True, capture_output=True)
    mine = clone / "exercises/numbers/halve.py"
    mine.write_text(WRITTEN, encoding="utf-8")
    assert program("reset", "halve", cwd=clone).returncode == 0
    assert mine.read_bytes() == stub.read_bytes()


@pytest.mark.parametrize(
    "written",
    [b"\xef\xbb\xbf# with a mark\r\n", b"x = '\xd7\xf7'\n", b"", b"\0\xff"],
    ids=["BOM", "GBK", "empty", "binary"],
)
def test_a_backup_is_what_was_written_byte_for_byte(program, stub, commit, written):
    commit()
    original = stub.read_bytes()
    stub.write_bytes(written)
    done = program("reset", "halve")
    assert done.returncode == 0, done.stderr
    assert (stub.read_bytes(), backups(stub)) == (original, [written])


def test_resets_within_one_second_keep_every_backup(program, stub, commit):
    commit()
    for second in range(-1, 5):  # whatever takes a name that the next backup would have
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(time.time() + second))
        stub.with_name(f"halve.{stamp}.bak").write_bytes(b"earlier")
    stub.write_text(WRITTEN, encoding="utf-8")
    assert program("reset", "halve").returncode == 0
    assert sorted(backups(stub)) == sorted([b"earlier"] * 6 + [WRITTEN.encode()])


def test_a_stub_that_was_deleted_comes_back_and_other_commands_go_on(program, stub, commit):
    commit()
    original = stub.read_bytes()
    stub.unlink()
    assert program("list").returncode == 0
    done = program("reset", "halve")
    assert done.returncode == 0, done.stderr
    assert (stub.read_bytes(), backups(stub)) == (original, [])


def test_reset_does_not_write_through_a_link(program, stub, commit, tmp_path):
    commit()
    original = stub.read_bytes()
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(WRITTEN, encoding="utf-8")
    stub.unlink()
    stub.symlink_to(elsewhere)
    assert program("reset", "halve").returncode == 0
    assert (stub.read_bytes(), elsewhere.read_text(encoding="utf-8")) == (original, WRITTEN)


@pytest.mark.parametrize("why", ["no repository", "no git", "never unwritten", "not owned"])
def test_reset_says_so_where_there_is_no_untouched_copy_and_changes_nothing(program, mini, stub, commit, why, tmp_path):
    environment = {}
    stub.write_text(WRITTEN, encoding="utf-8")
    if why == "no repository":
        environment["GIT_CEILING_DIRECTORIES"] = str(tmp_path)
    else:
        commit()
    if why == "no git":
        environment["PATH"] = str(tmp_path)
    if why == "not owned":
        environment["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    done = program("reset", "halve", **environment)
    assert done.returncode == 2
    assert "there is no untouched copy of" in done.stderr
    assert "nothing was changed" in done.stderr
    assert (stub.read_text(encoding="utf-8"), backups(stub)) == (WRITTEN, [])


def test_reset_says_what_could_not_be_written(program, stub, commit):
    commit()
    stub.write_text(WRITTEN, encoding="utf-8")
    stub.parent.chmod(0o555)
    done = program("reset", "halve", ordinary=True)
    stub.parent.chmod(0o755)
    assert done.returncode == 2
    assert "Permission denied" in done.stderr
    assert stub.read_text(encoding="utf-8") == WRITTEN


def test_a_workspace_goes_back_to_what_grade_start_gave(program, course, tmp_path):
    work = tmp_path / "work"
    assert program("start", work).returncode == 0
    exercise = course.find("masked_softmax")
    mine, kept = work / exercise.stub.relative_to(course.root), kept_copy(work, exercise)
    assert mine.read_bytes() == kept.read_bytes()
    assert b"NotImplementedError" in mine.read_bytes()
    kept.write_text('"""As it was."""\n\n\ndef masked_softmax(X, valid_lens):\n    raise NotImplementedError\n')
    assert program("reset", "masked_softmax", cwd=work).returncode == 0
    assert mine.read_bytes() == kept.read_bytes()
    shutil.rmtree(work / ".gradlings")
    assert program("reset", "masked_softmax", cwd=work).returncode == 0
    assert b"NotImplementedError" in mine.read_bytes()
    assert len(backups(mine)) == 2


def test_start_from_a_checkout_hands_out_stubs_and_not_what_somebody_wrote_there(program, mini, stub, commit, tmp_path):
    commit()
    stub.write_text(WRITTEN, encoding="utf-8")
    assert program("start", tmp_path / "work", "--course", mini).returncode == 0
    assert "NotImplementedError" in (tmp_path / "work/exercises/numbers/halve.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_start_from_what_is_no_course_is_a_usage_error(program, tmp_path, lang):
    done = program("start", tmp_path / "work", "--course", tmp_path / "nothing", lang=lang)
    assert done.returncode == 2
    assert {"en": "there is no course in", "zh": "中没有课程"}[lang] in done.stderr
    assert not (tmp_path / "work").exists()


def test_start_where_nothing_may_be_written_is_a_usage_error(program, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    for folder, mode in ((closed / "work", 0o555), (closed, 0o555), (closed / "work", 0)):
        closed.chmod(mode)
        done = program("start", folder, ordinary=True)
        closed.chmod(0o755)
        assert done.returncode == 2, done.stderr
        assert "Permission denied" in done.stderr
        assert "Traceback" not in done.stderr


def test_start_takes_a_folder_with_other_things_in_it_and_leaves_those_alone(program, mini, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "notes.txt").write_text("mine")
    (work / ".gitignore").write_text("mine")
    assert program("start", work, "--course", mini).returncode == 0
    assert sorted(path.name for path in work.iterdir()) == [".gitignore", ".gradlings", "exercises", "notes.txt"]
    assert (work / ".gitignore").read_text() == "mine"
    again = program("start", work, "--course", mini)
    assert (again.returncode, "nothing was changed" in again.stderr) == (2, True)


def test_start_that_fails_halfway_leaves_nothing_that_is_in_the_way(program, mini, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / ".gradlings").write_text("in the way")
    done = program("start", work, "--course", mini)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert [path.name for path in work.iterdir()] == [".gradlings"]
    (work / ".gradlings").unlink()
    assert program("start", work, "--course", mini).returncode == 0


def test_start_prints_a_command_that_can_be_pasted(program, mini, tmp_path):
    done = program("start", tmp_path / "my course", "--course", mini)
    assert f"cd '{tmp_path}/my course' && grade" in done.stdout


OPEN = "def f(x):\n    '''Say.'''\n    raise NotImplementedError\n\n\ndef g(x):\n    raise NotImplementedError('g')\n"
HALF = OPEN.replace("    raise NotImplementedError\n", "    return 1\n", 1)
CLASS = "class A:\n    def __init__(self):\n        super().__init__()\n        raise NotImplementedError\n"


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([], None),
        ([OPEN], OPEN),
        ([OPEN, HALF], OPEN),
        ([OPEN, HALF, "# again\n" + OPEN], "# again\n" + OPEN),
        ([OPEN, OPEN.replace("Say.", "Say more.")], OPEN.replace("Say.", "Say more.")),
        ([OPEN, OPEN + "\ndef h(x):\n    return 2\n"], OPEN + "\ndef h(x):\n    return 2\n"),
        ([OPEN, OPEN.replace("def f", "def k")], OPEN.replace("def f", "def k")),
        ([OPEN, "f = g = abs\n"], OPEN),
        ([OPEN, OPEN.partition("\n\n\n")[2] + "f: object = abs\n"], OPEN),
        ([OPEN, OPEN.partition("\n\n\n")[2] + "from solutions import f\n"], OPEN),
        ([OPEN, "print('nothing of it is here')\n"], OPEN),
        ([OPEN, "def f(:\n", "\0", "(" * 10000], OPEN),
        (["def f(:\n", OPEN], OPEN),
        ([HALF.partition("\n\n\n")[0], OPEN], None),
        ([CLASS, CLASS.replace("raise NotImplementedError", "self.x = 1")], CLASS),
        ([CLASS, "A = object\n" + OPEN], CLASS),
    ],
    ids=range(16),
)
def test_the_stub_is_the_newest_version_in_which_nothing_of_it_is_written(versions, expected):
    assert newest_unwritten(versions) == expected


@pytest.mark.slow
def test_every_stub_of_the_course_has_an_untouched_text(course):
    assert [exercise.id for exercise in course.exercises if pristine(exercise) is None] == []


def test_a_folder_made_from_another_course_is_graded_by_that_course(program, mini, tmp_path):
    assert program("start", "ws", "--course", mini, cwd=tmp_path).returncode == 0
    workspace = tmp_path / "ws"
    (workspace / "exercises/numbers/halve.py").write_text(
        "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
    )
    done = program("exercise", "halve", "--cases", "10", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "4/4" in done.stdout
    assert program("list", cwd=workspace).returncode == 0
    mini.rename(tmp_path / "away")
    for lang, words in (("en", "which is not there any more"), ("zh", "已经不在")):
        gone = program("exercise", "halve", cwd=workspace, lang=lang)
        assert gone.returncode == 2
        assert words in gone.stderr
