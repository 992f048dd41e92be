# mistake: the mask of the first call is kept for as long as the shape stays the same
# diagnosis:
import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, sizes, d, heads, dropout, bias):
        super().__init__()
        key_size, query_size, value_size = sizes
        self.h = heads
        self.W_q = nn.Linear(query_size, d, bias=bias)
        self.W_k = nn.Linear(key_size, d, bias=bias)
        self.W_v = nn.Linear(value_size, d, bias=bias)
        self.W_o = nn.Linear(d, d, bias=bias)
        self.drop = nn.Dropout(dropout)
        self.attention_weights = None

    def forward(self, X, mask):
        q = self.W_q(X).unflatten(-1, (self.h, -1))
        k = self.W_k(X).unflatten(-1, (self.h, -1))
        v = self.W_v(X).unflatten(-1, (self.h, -1))
        q = q * q.shape[-1] ** -0.5
        scores = torch.einsum("bqhc,bkhc->bhqk", q, k)
        if mask is not None:
            scores = torch.where(mask[:, None], scores, torch.full_like(scores, -math.inf))
        scores = scores - scores.amax(-1, keepdim=True).detach()
        weights = scores.exp()
        weights = weights / weights.sum(-1, keepdim=True)
        self.attention_weights = weights.flatten(0, 1)
        mixed = torch.einsum("bhqk,bkhc->bqhc", self.drop(weights), v)
        return self.W_o(mixed.flatten(2))


class AddNorm(nn.Module):
    def __init__(self, norm_shape, dropout):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(norm_shape if isinstance(norm_shape, int) else list(norm_shape))

    def forward(self, X, Y):
        return self.ln(X + self.drop(Y))


class FFN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.dense1 = nn.Linear(d_in, d_hidden)
        self.dense2 = nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.dense2(self.dense1(X).clamp(min=0))


class Positions(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.drop = nn.Dropout(dropout)

    def forward(self, X):
        n, d = X.shape[-2:]
        i = torch.arange(n, dtype=torch.float64, device=X.device)
        j = torch.arange(d // 2, dtype=torch.float64, device=X.device)
        angle = torch.outer(i, torch.exp(-math.log(10000.0) * 2 * j / d))
        turning = torch.polar(torch.ones_like(angle), math.pi / 2 - angle)  # cos + i sin -> sin(angle), cos(angle)
        return self.drop(X + torch.view_as_real(turning).flatten(1).to(X.dtype))


class EncoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, use_bias=False):
        super().__init__()
        self.attention = Attention((key_size, query_size, value_size), num_hiddens, num_heads, dropout, use_bias)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.ffn = FFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm2 = AddNorm(norm_shape, dropout)

    def forward(self, X, valid_lens):
        mask = getattr(self, "mask", None)
        if mask is not None and mask.shape[:2] != X.shape[:2]:
            mask = None
        if valid_lens is not None and mask is None:
            lens = valid_lens if valid_lens.dim() == 2 else valid_lens[:, None].expand(X.shape[:2])
            mask = lens[..., None] > torch.arange(X.shape[1], device=X.device)  # (b, n, n)
        self.mask = mask
        X = self.addnorm1(X, self.attention(X, mask))
        return self.addnorm2(X, self.ffn(X))


class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout, use_bias=False):
        super().__init__()
        self.d = num_hiddens
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = Positions(dropout)
        self.blks = nn.ModuleList()
        for _ in range(num_layers):
            self.blks.append(
                EncoderBlock(key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                             ffn_num_hiddens, num_heads, dropout, use_bias)
            )
        self.attention_weights = []

    def forward(self, X, valid_lens):
        self.attention_weights = weights = []
        H = self.pos_encoding(self.embedding(X).mul(math.sqrt(self.d)))
        for blk in self.blks:
            H = blk(H, valid_lens)
            weights.append(blk.attention.attention_weights)
        return H
