"""Whatever the terminal's encoding is, what is printed arrives: as it is, or as a plain substitute.

`✓` becomes `+` where the terminal is GBK, `10⁻⁶` becomes `10^-6` in ASCII, and the bytes of a folder's name that are no
text become `\\xd7`. Where Chinese cannot be printed at all, English is spoken (`prints_chinese`).
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from typing import Final

_HANDLER: Final = "gradlings.plain"
_ASCII: Final = "gradlings_ascii"
"""ASCII by another name: click takes a stream that says `ascii` for a mistake, and writes UTF-8 to it."""

_SUBSTITUTES: Final = {
    "✓": "+", "✗": "x", "★": "*", "☆": "o", "●": "*", "·": ".", "░": ".", "█": "#",
    "…": "...", "→": "->", "←": "<-", "—": "-", "–": "-", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "′": "'",
    "×": "x", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "√": "sqrt", "∞": "inf", "∂": "d", "‖": "||", "‾": "-",
    "⌈": "[", "⌉": "]", "⌊": "[", "⌋": "]", "ε": "eps", "λ": "lambda", "µ": "u", "。": ".", "、": ",",
    "《": "<", "》": ">", "─": "-", "│": "|",
}  # fmt: skip


def prepare() -> None:
    """Make standard output and error print what they can, and substitutes for the rest. Never raises for a text."""
    codecs.register_error(_HANDLER, _substitute)
    codecs.register(_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            plain = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=_ASCII if plain else None, errors=_HANDLER)


def prints_chinese() -> bool:
    """Whether standard output has the characters that the Chinese catalogue is written in."""
    try:
        "简体中文练习，。".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def encoding() -> str:
    """What standard output is encoded in, by the name that people know."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").replace(_ASCII, "ascii")


def _substitute(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    parts, raised = [], ""
    for character in error.object[error.start : error.end]:
        plain = _plain(character)
        kind = unicodedata.decomposition(character).partition(" ")[0]
        mark = {"<super>": "^", "<sub>": "_"}.get(kind, "")
        parts.append(plain if mark == raised else mark + plain)  # one mark for all of ⁻⁶
        raised = mark
    return "".join(parts), error.end


def _plain(character: str) -> str:
    """The ASCII that says about the same in about as many columns."""
    if character in _SUBSTITUTES:
        return _SUBSTITUTES[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name that is no text
        return f"\\x{code - 0xDC00:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return f"\\u{code:04x}"
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return "+"
    if name.startswith("GREEK") and " LETTER " in name:
        letter = name.rpartition(" LETTER ")[2].partition(" ")[0]
        return letter.capitalize() if "CAPITAL" in name else letter.lower()
    apart = "".join(_SUBSTITUTES.get(part, part) for part in unicodedata.normalize("NFKD", character))
    kept = apart.encode("ascii", "ignore").decode("ascii")
    if kept or unicodedata.category(character) in ("Mn", "Me", "Cf"):  # accents, joiners: they take no column
        return kept
    return "??" if unicodedata.east_asian_width(character) in "WF" else "?"


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_.encode, ascii_.decode, ascii_.streamreader, ascii_.streamwriter, ascii_.incrementalencoder,
        ascii_.incrementaldecoder, name=_ASCII,
    )  # fmt: skip
