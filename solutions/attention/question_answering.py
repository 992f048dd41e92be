"""Question answering, span extraction: the reference."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F


def span_logits(
    hidden: Float[Tensor, "b n d"],
    w_start: Float[Tensor, " d"],
    w_end: Float[Tensor, " d"],
    context_mask: Bool[Tensor, "b n"],
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
    start_logits = (hidden @ w_start).masked_fill(~context_mask, float("-inf"))  # (b, n)
    end_logits = (hidden @ w_end).masked_fill(~context_mask, float("-inf"))  # (b, n)
    return start_logits, end_logits


def best_span(
    start_logits: Float[Tensor, "b n"], end_logits: Float[Tensor, "b n"], max_answer_len: int
) -> Int[Tensor, "b 2"]:
    n = start_logits.shape[1]
    positions = torch.arange(n)  # (n,)
    length = positions - positions[:, None] + 1  # (n, n), of the span from row to column
    allowed = (length >= 1) & (length <= max_answer_len)  # (n, n)
    scores = start_logits[:, :, None] + end_logits[:, None, :]  # (b, n, n)
    scores = scores.masked_fill(~allowed, float("-inf"))  # (b, n, n)
    best = scores.flatten(1).argmax(dim=1)  # (b,), the first of equals in the order of the rows
    return torch.stack([best // n, best % n], dim=1)  # (b, 2)


def span_loss(
    start_logits: Float[Tensor, "b n"],
    end_logits: Float[Tensor, "b n"],
    start: Int[Tensor, " b"],
    end: Int[Tensor, " b"],
) -> Float[Tensor, ""]:
    return (F.cross_entropy(start_logits, start) + F.cross_entropy(end_logits, end)) / 2  # ()
