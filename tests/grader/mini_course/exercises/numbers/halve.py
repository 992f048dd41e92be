"""Halve a tensor."""


def halve(X):
    """X / 2, rounded to integers."""
    raise NotImplementedError
