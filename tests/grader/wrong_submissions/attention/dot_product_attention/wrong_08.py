# mistake: lengths (b,) are made (b, 1) and compared with arange(k): the (b, k) mask broadcasts against (b, q, k) as if its
# diagnosis: samples-taken-for-queries
# rows were QUERIES. Right only for b = 1; silently wrong when b = q, an error otherwise.
import torch
from math import sqrt
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        d_k = queries.size(-1)
        attn = torch.matmul(queries / sqrt(d_k), keys.transpose(-1, -2))
        if valid_lens is not None:
            key_pos = torch.arange(keys.size(1), device=keys.device)
            mask = key_pos < valid_lens.unsqueeze(-1)
            attn = attn.masked_fill(mask == 0, -1e9)
        attn = attn.softmax(dim=-1)
        self.attention_weights = attn
        attn = self.dropout(attn)
        return torch.matmul(attn, values)
