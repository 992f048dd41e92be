# mistake: calls F.dropout(weights, p) without training=self.training; its default is training=True, so weights are
# diagnosis: dropout-in-eval
# dropped in eval mode as well.
import torch
import torch.nn.functional as F
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.p = dropout

    def forward(self, queries, keys, values, valid_lens=None):
        B, Q, D = queries.shape
        K = keys.shape[1]
        logits = torch.matmul(queries, keys.permute(0, 2, 1)).div(D ** 0.5)
        bias = torch.zeros_like(logits)
        if valid_lens is not None:
            lens = valid_lens.reshape(B, -1, 1)                     # (B,1,1) or (B,Q,1)
            pad = torch.arange(K, device=logits.device).reshape(1, 1, K) >= lens
            bias = bias.masked_fill(pad, -1e9)
        w = torch.softmax(logits + bias, dim=-1)
        self.attention_weights = w
        return torch.matmul(F.dropout(w, self.p), values)
