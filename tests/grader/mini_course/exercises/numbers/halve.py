"""Halve a tensor."""

import torch


def halve(X):
    """X / 2, rounded to integers."""
    raise NotImplementedError
