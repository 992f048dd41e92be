"""Draws cases with Hypothesis: the same ones whenever the seed is the same."""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

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
    were graded before, and those of a checkout would differ from those of a wheel. There is no setting for it.

    The public door, a provider of our own by `settings(backend=…)`, leads elsewhere: Hypothesis then no longer sees to
    it that cases are new and the first ones small (a strategy of six values gives 100 cases), and it still shrinks with
    its own provider, which draws such constants. So its provider is told that there are none, for this whole process.
    A Hypothesis that keeps them elsewhere would not notice; a test does.
    """
    providers.HypothesisProvider._local_constants = Constants()  # type: ignore[method-assign,assignment]  # a cached property there


_draw_nothing_from_source_code()
