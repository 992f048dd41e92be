"""Right: Python loops and max with a key over tuples, one sample after the other; index assignment and log_softmax."""

import torch
from torch import Tensor


def span_logits(hidden: Tensor, w_start: Tensor, w_end: Tensor, context_mask: Tensor) -> tuple[Tensor, Tensor]:
    result = []
    for w in (w_start, w_end):
        logits = hidden.new_full(hidden.shape[:2], float("-inf"))
        logits[context_mask] = hidden[context_mask] @ w
        result.append(logits)
    return result[0], result[1]


def best_span(start_logits: Tensor, end_logits: Tensor, max_answer_len: int) -> Tensor:
    answers = torch.empty(len(start_logits), 2, dtype=torch.int64, device=start_logits.device)
    for row, (starts, ends) in enumerate(zip(start_logits.detach(), end_logits.detach())):
        spans = [(i, j) for i in range(len(starts)) for j in range(i, len(ends)) if j - i < max_answer_len]
        sums = [(starts[i] + ends[j]).item() for i, j in spans]
        answers[row] = torch.tensor(max(zip(sums, spans), key=lambda pair: (pair[0], -pair[1][0], -pair[1][1]))[1])
    return answers


def span_loss(start_logits: Tensor, end_logits: Tensor, start: Tensor, end: Tensor) -> Tensor:
    total = 0.0
    for s_row, e_row, i, j in zip(start_logits, end_logits, start.tolist(), end.tolist()):
        total = total - s_row.log_softmax(0)[i] - e_row.log_softmax(0)[j]
    return total / (2 * len(start))
