"""Print DESIGN's table of budgets with this machine's ratios.

Every ratio is the median over pairs of runs that alternate, A B A B …, so that a machine that speeds up or slows down
in between speeds both up. Nothing here fails: budgets are read by people (and by the closing note of a change).
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader.course import open_course
from grader.judge.client import Judge
from grader.judge.entry.admission import admit
from grader.judge.entry.submission import read_submission
from grader.judge.requests import GradeRequest
from tests.benchmarks.plain import plain_seconds

ROOT = Path(__file__).parents[2]
SOLUTION = ROOT / "solutions/attention/masked_softmax.py"
EXERCISE = "attention/masked_softmax"


def command(*words: str, **environment: str) -> Callable[[], float]:
    """The wall seconds of a whole command."""

    def run() -> float:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-P", *words],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - started

    return run


def ratios(ours: Callable[[], float], theirs: Callable[[], float], pairs: int) -> list[float]:
    """Ours over theirs, pair by pair, after one uncounted pair."""
    found = [ours() / theirs() for _ in range(pairs + 1)]
    return found[1:]


def worker_megabytes(judge: Judge, request: GradeRequest) -> float:
    """Private memory of a worker at its largest, sampled while it grades."""
    import threading

    largest = 0.0
    done = threading.Event()

    def sample() -> None:
        nonlocal largest
        while not done.is_set():
            for server in _children(judge.pid):
                for worker in _children(server):
                    largest = max(largest, _private(worker))
            time.sleep(0.002)

    thread = threading.Thread(target=sample)
    thread.start()
    judge.ask(request)
    done.set()
    thread.join()
    return largest


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _private(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024


def main() -> None:
    """Measure and print."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        caches = {"XDG_CACHE_HOME": f"{folder}/warm", "XDG_DATA_HOME": f"{folder}/data"}
        click_rich = command("-c", "import click, rich")
        torch = command("-c", "import torch")
        passing = ("-m", "grader", "exercise", "masked_softmax", "--submission", str(SOLUTION))
        cached = command(*passing, **caches)

        def cold() -> float:
            shutil.rmtree(f"{folder}/warm", ignore_errors=True)
            return cached()

        course = open_course(ROOT)
        exercise = course.find(EXERCISE)
        admitted = admit(course, exercise, read_submission(SOLUTION), lambda _exercise: None)
        request = GradeRequest(os.fsencode(ROOT), EXERCISE, admitted, cache=os.fsencode(f"{folder}/judge"))
        with Judge() as judge:

            def warm() -> float:
                started = time.perf_counter()
                result = judge.ask(request)
                assert result.status == "passed", result
                return time.perf_counter() - started

            warm()
            plain = plain_seconds()
            rows = [
                ("grade list", "import click, rich", 2.0, ratios(command("-m", "grader", "list"), click_rich, pairs)),
                (
                    "grade hint",
                    "import click, rich",
                    2.0,
                    ratios(command("-m", "grader", "hint", "--all", "masked_softmax"), click_rich, pairs),
                ),
                ("exercise, passing, bank cached", "import torch", 1.2, ratios(cached, torch, pairs)),
                ("exercise, passing, nothing cached", "import torch", 1.6, ratios(cold, torch, pairs)),
                ("save to verdict, warm judge", "import torch", 0.1, ratios(warm, torch, pairs)),
                ("warm judge, sandbox on", "plain pytest + Hypothesis", 0.3, ratios(warm, plain, pairs)),
            ]
            memory = worker_megabytes(judge, request)
    table = Table("what", "against", "budget", "min", "median", "max", "")
    for name, against, budget, found in rows:
        median = statistics.median(found)
        figures = [f"{value:.2f}" for value in (min(found), median, max(found))]
        table.add_row(name, against, f"≤ {budget} ×", *figures, "ok" if median <= budget else "over")
    table.add_row(
        "private memory of a worker", "—", "≤ 60 MB", "", f"{memory:.0f} MB", "", "ok" if memory <= 60 else "over"
    )
    Console().print(table)


if __name__ == "__main__":
    main()
