# mistake: the weights are detached before they are stored AND the detached ones are used for the output, so no gradient
# diagnosis: weights-detached
# reaches queries and keys (only values).
import torch
from torch import nn


def _softmax_with_lengths(scores, lens):
    """softmax over the last axis, padding gets 0"""
    b, q, k = scores.shape
    if lens is None:
        return scores.softmax(dim=-1)
    lens = lens.view(b, 1).expand(b, q) if lens.dim() == 1 else lens
    ok = (torch.arange(k, device=scores.device).expand(b, q, k) < lens.unsqueeze(-1)).to(scores.dtype)
    shifted = scores - (scores - (1 - ok) * 1e8).amax(-1, keepdim=True)
    e = shifted.clamp(max=0).exp() * ok
    return e / e.sum(-1, keepdim=True)


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        d = queries.size(2)
        scores = torch.bmm(queries, keys.transpose(1, 2)) / d**0.5
        # keep a copy for plotting, no graph needed
        self.attention_weights = _softmax_with_lengths(scores, valid_lens).detach()
        return torch.bmm(self.dropout(self.attention_weights), values)
