"""An additive mask; for every start the best end in its window by unfold; the loss over a batch of 2b by gather."""

import torch
import torch.nn.functional as F


def span_logits(hidden, w_start, w_end, context_mask):
    mask = torch.zeros(context_mask.shape, dtype=hidden.dtype).masked_fill(context_mask.logical_not(), -torch.inf)
    return tuple(torch.einsum("bnd,d->bn", hidden, w) + mask for w in (w_start, w_end))


def best_span(start_logits, end_logits, max_answer_len):
    padded = F.pad(end_logits, (0, max_answer_len - 1), value=-torch.inf)
    ends, offsets = padded.unfold(1, max_answer_len, 1).max(dim=2)
    start = (start_logits + ends).argmax(1, keepdim=True)
    return torch.cat([start, start + offsets.gather(1, start)], dim=1)


def span_loss(start_logits, end_logits, start, end):
    logits = torch.cat([start_logits, end_logits])
    positions = torch.cat([start, end])
    log_p = logits.log_softmax(dim=1).gather(1, positions[:, None])
    return -log_p.mean()
