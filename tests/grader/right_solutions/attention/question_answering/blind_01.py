"""Right: log of the mask added to the dot products, ends in windows by unfold, loss by logsumexp."""

import torch
import torch.nn.functional as F


def span_logits(hidden, w_start, w_end, context_mask):
    forbid = context_mask.to(hidden.dtype).log()  # 0 inside, -inf outside
    start, end = torch.einsum("bnd,kd->kbn", hidden, torch.stack([w_start, w_end])) + forbid
    return start, end


def best_span(start_logits, end_logits, max_answer_len):
    width = min(max_answer_len, start_logits.shape[1])
    ends = F.pad(end_logits, (0, width - 1), value=float("-inf")).unfold(1, width, 1)  # (b, n, width)
    flat = (start_logits[..., None] + ends).flatten(1)
    best = flat.max(dim=1, keepdim=True).values
    first = (flat == best).to(torch.int8).argmax(dim=1)
    start = first.div(width, rounding_mode="floor")
    return torch.stack([start, start + first.remainder(width)], dim=1)


def span_loss(start_logits, end_logits, start, end):
    rows = torch.arange(len(start), device=start_logits.device)
    loss_start = start_logits.logsumexp(1) - start_logits[rows, start]
    loss_end = end_logits.logsumexp(1) - end_logits[rows, end]
    return (loss_start + loss_end).mean() / 2
