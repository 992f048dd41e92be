"""Update grader/locale from the sources: new sentences are added untranslated, the catalogue is compiled.

Run as `python tests/grader/translations.py`, translate what it lists in the .po file, run it again.
"""

from pathlib import Path

from babel.messages import Catalog, mofile, pofile
from babel.messages.extract import extract_from_dir

PACKAGE = Path(__file__).parents[2] / "grader"
PO = PACKAGE / "locale/zh/LC_MESSAGES/gradlings.po"


def main() -> None:
    """Update and compile; list what has no translation."""
    with PO.open("rb") as stream:
        known = pofile.read_po(stream, locale="zh")
    fresh = Catalog(locale="zh", project="gradlings", fuzzy=False)
    for _, _, message, _, _ in extract_from_dir(
        PACKAGE, method_map=[("**.py", "python")], keywords={"_": None, "both": None}
    ):
        old = known.get(message)
        fresh.add(message, old.string if old else "")
    with PO.open("wb") as stream:
        pofile.write_po(stream, fresh, width=120, sort_output=True, omit_header=False)
    with PO.open("rb") as stream, PO.with_suffix(".mo").open("wb") as compiled:
        mofile.write_mo(compiled, pofile.read_po(stream, locale="zh"))
    for message in fresh:
        if message.id and not message.string:
            print("untranslated:", message.id)


if __name__ == "__main__":
    main()
