"""`grade doctor` is the one command that must work where nothing else does: what goes wrong is what it says."""

import contextlib

import pytest

WITHOUT = """
import sys
for name in {names!r}:
    sys.modules[name] = None
sys.argv[0] = "grade"
{more}
from grader.cli import main
main()
"""


@pytest.fixture
def without(program):
    """Runs the program where some modules cannot be imported, after some more lines of Python."""

    def run(*words, names=(), more="", **options):
        return program(*words, start=("-P", "-c", WITHOUT.format(names=names, more=more)), **options)

    return run


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("fcntl",), "there is no fcntl on this platform"),
        (("resource",), "there is no resource on this platform"),
        (("landlockpy",), "landlockpy is missing or does not load"),
        (("seccompy",), "seccompy is missing or does not load"),
        (("fcntl", "resource", "landlockpy", "seccompy"), "there is no fcntl on this platform"),
    ],
    ids=["fcntl", "resource", "landlockpy", "seccompy", "all"],
)
def test_doctor_says_why_there_is_no_sandbox(without, names, said):
    done = without("doctor", names=names)
    assert (done.returncode, done.stderr) == (0, "")
    assert "none: submissions run as you would run them yourself" in done.stdout
    assert said in done.stdout


@pytest.mark.parametrize(
    "words", [(), ("list",), ("hint", "halve"), ("exercise", "halve"), ("--help",), ("reset", "halve")], ids=" ".join
)
def test_the_rest_of_the_program_needs_nothing_that_a_platform_may_lack(without, words):
    done = without(*words, names=("fcntl", "resource", "landlockpy", "seccompy", "pwd", "grp"))
    assert "Traceback" not in done.stderr
    assert done.returncode == {"exercise": 1, "reset": 2}.get(words[0] if words else "", 0), done.stderr


def test_start_needs_nothing_that_a_platform_may_lack(without, mini, tmp_path):
    done = without("start", tmp_path / "work", "--course", mini, names=("fcntl", "resource", "pwd", "grp"))
    assert done.returncode == 0, done.stderr


BREAKING = {
    "the sandbox's probe": ("import grader.worker.sandbox as s; s.support = lambda: 1 / 0", "ZeroDivisionError", 0),
    "the sandbox's own imports": ("sys.modules['ctypes'] = None", "import of ctypes halted", 0),
    "Landlock's probe": ("import landlockpy; landlockpy.abi_version = lambda: 1 / 0", "Landlock cannot be asked", 0),
    "seccomp's probe": ("import seccompy; seccompy.supported = lambda: 1 / 0", "seccomp cannot be asked", 0),
    "the metadata of packages": (
        "import importlib.metadata as m\ndef fails(name): raise m.PackageNotFoundError(name)\nm.version = fails",
        "installed, in an unknown version", 0,
    ),
    "metadata that is broken": ("import importlib.metadata as m; m.version = lambda name: 1 / 0", "cannot be told", 1),
    "a package that is missing": (
        "import importlib.metadata as m\ndef fails(name): raise m.PackageNotFoundError(name)\nm.version = fails\n"
        "import importlib.util as u; u.find_spec = lambda name: None",
        "missing: pip install torch", 1,
    ),
    "the place of the cache": ("import platformdirs; platformdirs.user_cache_path = lambda name: 1 / 0", "cannot be told", 0),
    "the look of the terminal": ("sys.modules['rich'] = sys.modules['rich.cells'] = None", "language", 0),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKING)
def test_doctor_survives(without, what):
    more, said, code = BREAKING[what]
    done = without("doctor", more=more)
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
    for name in ("gradlings", "Python", "torch", "numpy", "sandbox", "course", "progress", "cache", "language"):
        assert name in done.stdout


@pytest.mark.parametrize(
    "break_it",
    [
        lambda root: (root / "exercises/course.toml").write_text("title = "),
        lambda root: (root / "exercises/course.toml").write_text("format_version = 99\n"),
        lambda root: (root / "exercises/course.toml").write_bytes(b"\xff\xfe"),
        lambda root: (root / "exercises/numbers/halve.toml").write_text("title = 3\n"),
        lambda root: (root / "solutions/numbers/halve.py").unlink(),
    ],
    ids=["no TOML", "newer", "not UTF-8", "about", "no solution"],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_doctor_says_what_is_wrong_with_the_course(program, mini, break_it, lang):
    break_it(mini)
    done = program("doctor", lang=lang)
    assert (done.returncode, done.stderr) == (1, "")
    assert str(mini) in done.stdout
    assert {"en": "language", "zh": "语言"}[lang] in done.stdout


def test_doctor_says_what_is_wrong_with_the_progress(program, mini):
    (mini / ".gradlings").mkdir()
    (mini / ".gradlings/progress.db").write_bytes(b"no database" * 100)
    done = program("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "it is damaged, or no database at all" in done.stdout


def test_doctor_says_that_the_cache_cannot_be_written(program, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    done = program("doctor", XDG_CACHE_HOME=str(closed), ordinary=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "it cannot be written (Permission denied)" in done.stdout
    with contextlib.suppress(OSError):
        closed.chmod(0o755)


def test_doctor_says_that_the_cache_cannot_be_read(program, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = program("doctor", XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "it cannot be written (Not a directory)" in done.stdout


def test_doctor_speaks_chinese_throughout(without):
    done = without("doctor", names=("fcntl", "resource"), lang="zh")
    assert "本平台没有 fcntl" in done.stdout
    assert "there is" not in done.stdout
