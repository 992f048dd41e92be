# mistake: four axes; the heads are joined by a view, in transpose_output and in combine_heads.
# diagnosis: concatenated-without-swapping
import torch
import torch.nn as nn


def attention(query, key, value, mask=None, dropout=None):
    d_k = query.size(-1)
    scores = torch.matmul(query, key.transpose(-2, -1)) / torch.sqrt(torch.tensor(d_k))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    p_attn = torch.softmax(scores, dim=-1)
    return torch.matmul(dropout(p_attn), value), p_attn


def transpose_qkv(X, num_heads):
    return X.view(X.size(0), X.size(1), num_heads, -1).transpose(1, 2).flatten(0, 1)


def transpose_output(X, num_heads):
    X = X.unflatten(0, (-1, num_heads))
    return X.reshape(X.size(0), X.size(2), -1)


def combine_heads(heads, how="concat"):
    if how == "concat":
        return heads.reshape(heads.size(0), heads.size(2), -1)
    return sum(heads.unbind(1)) / heads.size(1)


class Weights(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        if num_hiddens % num_heads:
            raise ValueError(f"{num_hiddens} features cannot be divided among {num_heads} heads")
        self.h = num_heads
        sizes = {"o": num_hiddens, "v": value_size, "k": key_size, "q": query_size}
        for name, size in sizes.items():
            setattr(self, f"W_{name}", nn.Linear(size, num_hiddens, bias))
        self.attention = Weights(dropout)

    def forward(self, queries, keys, values, valid_lens):
        b, k = keys.shape[:2]
        q, k_, v = (
            linear(x).view(b, -1, self.h, linear.out_features // self.h).transpose(1, 2)
            for linear, x in ((self.W_q, queries), (self.W_k, keys), (self.W_v, values))
        )
        mask = None
        if valid_lens is not None:
            mask = (torch.arange(k) < valid_lens.view(b, -1, 1)).unsqueeze(1)
        x, weights = attention(q, k_, v, mask, self.attention.dropout)
        self.attention.attention_weights = weights.flatten(0, 1)
        return self.W_o(combine_heads(x))
