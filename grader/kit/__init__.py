"""What authors of properties import: strategies for cases, assertions that explain, and the two decorators.

>>> from grader.kit import Values
>>> Values(shape=(1, 2), seed=7).tensor
tensor([[...]], dtype=torch.float64)
"""

from grader.kit.assertions import Mismatch, assert_matches, check, number, tensor
from grader.kit.attention import AttentionInputs, attention_inputs, valid_lens
from grader.kit.calls import assert_arguments_kept, assert_raises
from grader.kit.dropout import assert_drop_rate, assert_dropped
from grader.kit.formula import Formula
from grader.kit.laws import assert_distributions, assert_same
from grader.kit.modules import (
    Generator,
    Module,
    Object,
    Outcome,
    SubmissionError,
    fetch,
    helper,
    keep,
    outcome,
    vjp,
)
from grader.kit.optimization import OptimizerRun, Quadratic, optimizer_runs, quadratics
from grader.kit.optimizers import (
    EACH_STEP,
    Regrouping,
    Training,
    assert_closure,
    assert_gradients_left_alone,
    assert_missing_gradients_skipped,
    assert_options,
    assert_parameters_join,
    assert_resumes,
    assert_updates_in_place,
    joined,
    regrouped,
    regroupings,
    resumed,
    started,
    trainings,
    trajectory,
)
from grader.kit.properties import given, graded
from grader.kit.values import Exact, Values, sizes, values

__all__ = [
    "EACH_STEP",
    "AttentionInputs",
    "Exact",
    "Formula",
    "Generator",
    "Mismatch",
    "Module",
    "Object",
    "OptimizerRun",
    "Outcome",
    "Quadratic",
    "Regrouping",
    "SubmissionError",
    "Training",
    "Values",
    "assert_arguments_kept",
    "assert_closure",
    "assert_distributions",
    "assert_drop_rate",
    "assert_dropped",
    "assert_gradients_left_alone",
    "assert_matches",
    "assert_missing_gradients_skipped",
    "assert_options",
    "assert_parameters_join",
    "assert_raises",
    "assert_resumes",
    "assert_same",
    "assert_updates_in_place",
    "attention_inputs",
    "check",
    "fetch",
    "given",
    "graded",
    "helper",
    "joined",
    "keep",
    "number",
    "optimizer_runs",
    "outcome",
    "quadratics",
    "regrouped",
    "regroupings",
    "resumed",
    "sizes",
    "started",
    "tensor",
    "trainings",
    "trajectory",
    "valid_lens",
    "values",
    "vjp",
]
