# mistake: products of probabilities are compared, of which those far below the best are 0
# diagnosis: probabilities-multiplied
import torch
from torch import nn


def span_logits(hidden, w_start, w_end, context_mask):
    logits = torch.stack([hidden @ w_start, hidden @ w_end])
    logits = torch.where(context_mask, logits, float("-inf"))
    return logits[0], logits[1]


def best_span(start_logits, end_logits, max_answer_len):
    n = start_logits.shape[1]
    p_start, p_end = torch.softmax(start_logits, dim=-1), torch.softmax(end_logits, dim=-1)
    outer = torch.matmul(p_start.unsqueeze(2), p_end.unsqueeze(1))
    outer = torch.triu(outer).tril(max_answer_len - 1)
    best = outer.flatten(1).argmax(dim=1)
    return torch.stack([torch.div(best, n, rounding_mode="floor"), best % n], dim=1)


def span_loss(start_logits, end_logits, start, end):
    loss = nn.CrossEntropyLoss()
    return (loss(start_logits, start) + loss(end_logits, end)) / 2
