# mistake: (1) dropout acts on the output (weights @ values) instead of on the weights; (2) the scale is the root of the
# diagnosis: dropout-on-the-output + scaled-by-the-value-width
# width of the VALUES, which is the same only when v = d.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super(DotProductAttention, self).__init__()
        self.dropout = nn.Dropout(dropout)
        self.attention_weights = None

    def _scores(self, q, k, width):
        return (q @ k.mT) * width ** -0.5

    def _mask(self, s, lens):
        if lens is None:
            return s
        while lens.dim() < 3:
            lens = lens.unsqueeze(-1)
        col = torch.arange(s.size(-1), device=s.device).view(1, 1, -1)
        return torch.where(col < lens, s, torch.finfo(s.dtype).min)

    def forward(self, queries, keys, values, valid_lens=None):
        s = self._mask(self._scores(queries, keys, values.size(-1)), valid_lens)
        self.attention_weights = F.softmax(s, dim=-1)
        return self.dropout(self.attention_weights @ values)
