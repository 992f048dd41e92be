# mistake: the loss takes log(softmax(...)): right in value, but log(0) at the -inf logits makes the gradients NaN
# diagnosis: log-of-softmax
import torch


def span_logits(hidden, w_start, w_end, context_mask):
    minus_inf = torch.full_like(hidden[..., 0], float("-inf"))
    start_logits = torch.where(context_mask, (hidden * w_start).sum(-1), minus_inf)
    end_logits = torch.where(context_mask, (hidden * w_end).sum(-1), minus_inf)
    return start_logits, end_logits


def best_span(start_logits, end_logits, max_answer_len):
    b, n = start_logits.shape
    spans = []
    for s, e in zip(start_logits.tolist(), end_logits.tolist()):
        best, best_score = None, float("-inf")
        for i in range(n):
            for j in range(i, min(n, i + max_answer_len)):
                if s[i] + e[j] > best_score:
                    best, best_score = (i, j), s[i] + e[j]
        spans.append(best)
    return torch.tensor(spans, dtype=torch.int64)


def _nll(logits, target):
    log_probs = torch.log(torch.softmax(logits, dim=1))
    return -log_probs.gather(1, target.unsqueeze(1)).mean()


def span_loss(start_logits, end_logits, start, end):
    return (_nll(start_logits, start) + _nll(end_logits, end)) / 2
