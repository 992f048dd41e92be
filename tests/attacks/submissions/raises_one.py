"""Raises one particular outcome of a test runner: @how@."""


def outcome():
    if "@how@" == "reject":
        import hypothesis

        hypothesis.reject()
    if "@how@" == "skip":
        import pytest

        pytest.skip("not today")
    import sys

    sys.exit(0)


def sequence_mask(X, valid_len, value=0):
    outcome()


def masked_softmax(X, valid_lens):
    outcome()
