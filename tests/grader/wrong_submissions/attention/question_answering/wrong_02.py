# mistake: triu/tril leave zeros at the forbidden pairs, and a zero wins where all allowed sums are negative
# diagnosis: forbidden-spans-score-zero
import torch
from torch import Tensor, nn


def span_logits(hidden: Tensor, w_start: Tensor, w_end: Tensor, context_mask: Tensor) -> tuple[Tensor, Tensor]:
    both = hidden @ torch.stack([w_start, w_end], dim=1)
    both = both.masked_fill(~context_mask.unsqueeze(-1), -torch.inf)
    return both[..., 0], both[..., 1]


def best_span(start_logits: Tensor, end_logits: Tensor, max_answer_len: int) -> Tensor:
    n = start_logits.shape[1]
    sums = start_logits[:, :, None] + end_logits[:, None, :]
    sums = torch.tril(torch.triu(sums), diagonal=max_answer_len - 1)
    best = sums.flatten(1).argmax(1)
    return torch.stack((torch.div(best, n, rounding_mode="floor"), best % n), dim=-1)


def span_loss(start_logits: Tensor, end_logits: Tensor, start: Tensor, end: Tensor) -> Tensor:
    criterion = nn.CrossEntropyLoss()
    return 0.5 * criterion(start_logits, start) + 0.5 * criterion(end_logits, end)
