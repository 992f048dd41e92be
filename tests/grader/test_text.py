"""Every sentence of the software is there in Chinese, and the compiled catalogue is that of the source."""

import ast
import string
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.extract import extract_from_dir

import grader
from grader.text import both, language

PACKAGE = Path(grader.__file__).parent
PO = PACKAGE / "locale/zh/LC_MESSAGES/gradlings.po"


@pytest.fixture(scope="module")
def catalogue():
    with PO.open("rb") as stream:
        return pofile.read_po(stream, locale="zh")


def sentences():
    found = extract_from_dir(PACKAGE, method_map=[("**.py", "python")], keywords={"_": None, "both": None})
    return {message for _, _, message, _, _ in found}


def test_every_sentence_is_translated(catalogue):
    known = {message.id for message in catalogue if message.string}
    assert sentences() - known == set()


def test_no_sentence_hides_in_an_f_string_where_the_catalogue_does_not_find_it():
    hidden = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "both")
    ]
    assert hidden == []


def test_no_translation_is_left_over(catalogue):
    assert {message.id for message in catalogue if message.id} - sentences() == set()


def test_a_translation_has_the_placeholders_of_its_sentence(catalogue):
    def names(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    wrong = [message.id for message in catalogue if names(message.id) != names(message.string)]
    assert wrong == []


def test_the_compiled_catalogue_is_up_to_date(catalogue):
    """Sentence by sentence: the header names the Babel that wrote it."""
    with PO.with_suffix(".mo").open("rb") as stream:
        compiled = {message.id: message.string for message in mofile.read_mo(stream) if message.id}
    assert compiled == {message.id: message.string for message in catalogue if message.id}, (
        "run: python tests/grader/translations.py"
    )


def test_a_text_inside_a_text_is_in_its_own_language():
    assert both("{path} is empty", path={"en": "it", "zh": "它"}) == {"en": "it is empty", "zh": "它 是空文件"}


@pytest.mark.parametrize(
    ("option", "grade_lang", "lc_all", "expected"),
    [
        ("zh", "en", "C", "zh"),
        (None, "zh", "en_US.UTF-8", "zh"),
        (None, None, "zh_CN.UTF-8", "zh"),
        (None, None, "de_DE", "en"),
    ],
)
def test_the_language_is_the_options_then_grade_langs_then_the_locales(
    monkeypatch, option, grade_lang, lc_all, expected
):
    for name, value in (("GRADE_LANG", grade_lang), ("LC_ALL", lc_all)):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    assert language(option) == expected
