# mistake: the table of sums is float32 by default, so float64 sums that differ a little become equal
# diagnosis: float32-table
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor


def span_logits(
    hidden: Float[Tensor, "b n d"],
    w_start: Float[Tensor, " d"],
    w_end: Float[Tensor, " d"],
    context_mask: Bool[Tensor, "b n"],
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
    outside = torch.logical_not(context_mask)
    start_logits = torch.matmul(hidden, w_start)
    end_logits = torch.matmul(hidden, w_end)
    start_logits[outside] = float("-inf")
    end_logits[outside] = float("-inf")
    return start_logits, end_logits


def best_span(
    start_logits: Float[Tensor, "b n"], end_logits: Float[Tensor, "b n"], max_answer_len: int
) -> Int[Tensor, "b 2"]:
    b, n = start_logits.shape
    scores = torch.full((b, n, n), float("-inf"))
    for i in range(n):
        last = min(n, i + max_answer_len)
        scores[:, i, i:last] = start_logits[:, i : i + 1] + end_logits[:, i:last]
    index = scores.view(b, n * n).argmax(dim=-1)
    return torch.stack([index // n, index % n], dim=-1)


def span_loss(
    start_logits: Float[Tensor, "b n"],
    end_logits: Float[Tensor, "b n"],
    start: Int[Tensor, " b"],
    end: Int[Tensor, " b"],
) -> Float[Tensor, ""]:
    return torch.stack([F.cross_entropy(start_logits, start), F.cross_entropy(end_logits, end)]).mean()
