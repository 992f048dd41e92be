"""What people read, in both languages: gettext catalogues for the software's own sentences, tables for the course's."""

from __future__ import annotations

import functools
import gettext
import locale
import os
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "zh")

Text = dict[str, str]
"""One text in every language: {"en": …, "zh": …}."""

_CATALOGUES = Path(__file__).parent / "locale"


@functools.cache
def translations(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; the source language needs none."""
    return gettext.translation("gradlings", _CATALOGUES, languages=[lang], fallback=True)


def both(message: str, /, **values: object) -> Text:
    """A sentence of the software in every language, with its {placeholders} filled in; a Text gives each its own.

    >>> both("expected {name}", name="a tensor")["en"]
    'expected a tensor'
    """
    texts = {}
    for lang in LANGUAGES:
        own = {name: value[lang] if isinstance(value, dict) else value for name, value in values.items()}
        texts[lang] = translations(lang).gettext(message).format(**own)
    return texts


def language(option: str | None = None) -> str:
    """The language to speak: the option, then GRADE_LANG, then the locale; English where nobody asked for Chinese."""
    for asked in (option, os.environ.get("GRADE_LANG"), os.environ.get("LC_ALL"), os.environ.get("LC_MESSAGES"),
                  os.environ.get("LANG"), locale.getlocale()[0]):  # fmt: skip
        if asked:
            return "zh" if asked.lower().startswith(("zh", "chinese")) else "en"
    return "en"
