from dataclasses import dataclass

from hypothesis import strategies as st

from grader.kit import assert_matches, given, graded


@dataclass(frozen=True)
class Case:
    start: int
    times: int


def count(module, case):
    counter = module.Counter(case.start)
    return {"returned": [counter.up() for _ in range(case.times)], "value": counter.value}


@graded(points=2, title={"en": "Counts", "zh": "会计数"})
@given(case=st.builds(Case, st.integers(-5, 5), st.integers(0, 4)))
def test_counts(submission, reference, case):
    assert_matches(count(submission, case), count(reference, case))
