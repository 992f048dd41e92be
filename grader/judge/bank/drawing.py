"""Draws cases with Hypothesis: the same ones whenever the seed is the same."""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

_QUIET = {
    "database": None, "deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": False,
    "report_multiple_bugs": False, "verbosity": hypothesis.Verbosity.quiet,
}  # fmt: skip


def settings(cases: int, *phases: Phase) -> hypothesis.settings:
    """Hypothesis's settings for a number of cases: no clock, no database, no talk."""
    return hypothesis.settings(max_examples=cases, phases=phases, **_QUIET)  # type: ignore[arg-type]  # a table of settings


def draw_cases(strategy: st.SearchStrategy[Any], seed: int, cases: int) -> list[Any]:
    """The cases that Hypothesis draws under a seed."""
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @settings(cases, Phase.generate)
    @hypothesis.given(case=strategy)
    def collect(case: Any) -> None:
        drawn.append(case)

    collect()
    return drawn


def _draw_nothing_from_source_code() -> None:
    """Keep Hypothesis from drawing constants that it finds in the source of modules outside site-packages.

    That is good for finding bugs and bad for repeating them: the cases of one exercise would depend on which others
    were graded before, and those of a checkout would differ from those of a wheel. There is no setting for it; a test
    notices when a new Hypothesis keeps them elsewhere.
    """
    nothing = providers._local_constants
    providers._get_local_constants = lambda: nothing


_draw_nothing_from_source_code()
