"""Prints the lowest version that pyproject.toml allows of each dependency, as constraints for pip.

python3 .ci/lowest.py > lowest.txt && pip install -c lowest.txt -e .
"""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
    # pip reads the marker behind the semicolon itself
    name, floor, marker = re.fullmatch(r"([\w-]+)>=([\d.]+)[^;]*(;.*)?", requirement).groups()
    print(f"{name}=={floor}{marker or ''}")
