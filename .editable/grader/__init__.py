"""All that `pip install -e .` puts on the path: this folder, so that nothing else of the checkout can be imported.

Whoever works in a folder of their own would otherwise get the checkout's `exercises`, `solutions` and `tests`. This
module puts the package beside it in its own place, and costs nothing until it is imported.
"""

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location(__name__, Path(__file__).parents[2] / "grader" / "__init__.py")
sys.modules[__name__] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[__name__])
