"""What is wrong with a course is said as it is: the version first, then everything at once, in both languages."""

import pytest


@pytest.fixture
def syllabus(mini):
    return mini / "exercises/course.toml"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "said", "in_chinese"),
    [
        ("format_version = 2\nlicense = 'new'", "this gradlings reads 1; upgrade gradlings", "请升级 gradlings"),
        ("format_version = 99\ntracks = 'of another kind'", "has format_version 99", "99"),
        ("format_version = 0", "get a newer copy of the course", "请换用较新的课程"),
        ("", "has no format_version; write format_version = 1 at its top", "没有 format_version"),
        ("format_version = '1'", "format_version should be a whole number, got '1'", "实际为 '1'"),
        ("format_version = true", "format_version should be a whole number, got True", "True"),
        ("format_version = 1.0", "format_version should be a whole number, got 1.0", "1.0"),
    ],
)
@pytest.mark.parametrize("words", [(), ("exercise", "halve")], ids=["grade", "exercise"])
def test_the_version_is_read_before_anything_else(program, syllabus, version, said, in_chinese, words):
    text = syllabus.read_text(encoding="utf-8").replace("format_version = 1", version)
    if "tracks = " in version:
        text = version + "\n"
    syllabus.write_text(text, encoding="utf-8")
    for lang, expected in (("en", said), ("zh", in_chinese)):
        done = program(*words, lang=lang)
        assert done.returncode == 2
        assert expected in done.stderr
        assert "course.toml" in done.stderr
        assert "Traceback" not in done.stderr


def test_all_that_is_wrong_is_said_at_once_in_the_readers_language(program, mini, syllabus):
    edit(syllabus, 'name = "counter"', 'name = "halve"')
    syllabus.write_text(
        syllabus.read_text(encoding="utf-8")
        + '\n[[tracks.exercises]]\nname = "third"\npoints = 1\nrequires = ["numbers/fourth"]\n',
        encoding="utf-8",
    )
    english, chinese = (program("list", lang=lang).stderr for lang in ("en", "zh"))
    for said in ("numbers/halve is listed twice", "numbers/third requires numbers/fourth", "numbers/third lacks "):
        assert said in english
    for said in ("numbers/halve 列出了两次", "numbers/third 依赖 numbers/fourth", "numbers/third 缺少 "):
        assert said in chinese
    assert "listed" not in chinese
