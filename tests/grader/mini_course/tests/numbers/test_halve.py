from dataclasses import dataclass

from grader.kit import Values, assert_arguments_kept, assert_matches, given, graded, sizes, tensor, values


@dataclass(frozen=True)
class Case:
    X: Values


cases = sizes(4).flatmap(lambda n: values((n,), scale=10.0)).map(Case)


@graded(points=1, title={"en": "Keeps the shape", "zh": "形状不变"})
@given(case=cases)
def test_shape(submission, reference, case):
    tensor(submission.halve(case.X), shape=case.X.shape)


@graded(points=3, title={"en": "Matches the reference", "zh": "与参考实现一致"}, needs=["shape"])
@given(case=cases)
def test_matches(submission, reference, case):
    assert_matches(submission.halve(case.X), reference.halve(case.X))


@graded(star=True, title={"en": "Leaves X alone", "zh": "不改动 X"})
@given(case=cases)
def test_leaves_x_alone(submission, reference, case):
    assert_arguments_kept(submission.halve, case.X, names=["X"])
