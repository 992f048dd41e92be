"""What the READMEs show is what the program prints."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISTAKE = ROOT / "grader/cli/demo_files/mistake.py"


@pytest.mark.parametrize(("readme", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_report_that_is_shown_is_the_report_of_that_mistake(program, readme, lang):
    text = (ROOT / readme).read_text(encoding="utf-8")
    shown = text.partition("```text\n$ grade exercise masked_softmax\n")[2].partition("```")[0]
    asked = ("exercise", "masked_softmax", "--submission", MISTAKE)
    printed = [line.rstrip() for line in program(*asked, cwd=ROOT, lang=lang).stdout.splitlines()]
    wanted = [line for line in shown.splitlines() if line and line.strip() != "…"]
    assert len(wanted) > 15
    assert [line for line in wanted if line not in printed] == []
