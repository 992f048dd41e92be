"""What grading is measured against: the same properties and cases under plain pytest and Hypothesis, in one process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

_CHILD = """
import contextlib, os, sys, time
import torch, hypothesis, pytest
import grader.kit
torch.set_num_threads(1)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for _ in sys.stdin:
    for name in [name for name in sys.modules if name.startswith("test_")]:
        del sys.modules[name]
    started = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        code = pytest.main(["-q", "-W", "ignore", "tests/attention/test_masked_softmax.py"])
    assert code == 0, code
    print(time.perf_counter() - started, file=answers, flush=True)
"""


def plain_seconds() -> Callable[[], float]:
    """Seconds of one run of pytest in a process that has imported everything already."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def run() -> float:
        process.stdin.write("run\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    return run
