"""Prints the lowest version that pyproject.toml allows of each dependency, as constraints for pip.

python3 .ci/lowest.py > lowest.txt && pip install -c lowest.txt -e '.[dev]'
"""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in sum(project["optional-dependencies"].values(), project["dependencies"]):
    floor = re.fullmatch(r"([\w-]+)>=([\d.]+)[^;]*(;.*)?", requirement)
    if floor is None:
        raise SystemExit(f"pyproject.toml: no lowest version in {requirement!r}, expected name>=version")
    print(f"{floor[1]}=={floor[2]}{floor[3] or ''}")  # pip itself reads the marker behind a semicolon
