# mistake: the class token is expanded once, to the first batch, and later batches are cut to its size
# diagnosis:
import math

import torch
from torch import nn


def transpose_qkv(X, num_heads):
    X = X.reshape(X.shape[0], X.shape[1], num_heads, -1)
    X = X.permute(0, 2, 1, 3)
    return X.reshape(-1, X.shape[2], X.shape[3])


def transpose_output(X, num_heads):
    X = X.reshape(-1, num_heads, X.shape[1], X.shape[2])
    X = X.permute(0, 2, 1, 3)
    return X.reshape(X.shape[0], X.shape[1], -1)


class DotProductAttention(nn.Module):
    def __init__(self, dropout, **kwargs):
        super(DotProductAttention, self).__init__(**kwargs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        d = queries.shape[-1]
        scores = torch.bmm(queries, keys.transpose(1, 2)) / math.sqrt(d)
        self.attention_weights = nn.functional.softmax(scores, dim=-1)
        return torch.bmm(self.dropout(self.attention_weights), values)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens,
                 num_heads, dropout, bias=False, **kwargs):
        super(MultiHeadAttention, self).__init__(**kwargs)
        self.num_heads = num_heads
        self.attention = DotProductAttention(dropout)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(self, queries, keys, values, valid_lens):
        queries = transpose_qkv(self.W_q(queries), self.num_heads)
        keys = transpose_qkv(self.W_k(keys), self.num_heads)
        values = transpose_qkv(self.W_v(values), self.num_heads)
        output = self.attention(queries, keys, values, valid_lens)
        output_concat = transpose_output(output, self.num_heads)
        return self.W_o(output_concat)


class ViTMLP(nn.Module):
    def __init__(self, num_hiddens, mlp_num_hiddens, dropout=0.0):
        super().__init__()
        self.dense1 = nn.Linear(num_hiddens, mlp_num_hiddens)
        self.gelu = nn.GELU()
        self.dropout1 = nn.Dropout(dropout)
        self.dense2 = nn.Linear(mlp_num_hiddens, num_hiddens)
        self.dropout2 = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout2(self.dense2(self.dropout1(self.gelu(self.dense1(x)))))


class ViTBlock(nn.Module):
    def __init__(self, num_hiddens, norm_shape, mlp_num_hiddens, num_heads, dropout):
        super().__init__()
        self.ln1 = nn.LayerNorm(norm_shape)
        self.attention = MultiHeadAttention(
            num_hiddens, num_hiddens, num_hiddens, num_hiddens, num_heads, dropout)
        self.ln2 = nn.LayerNorm(norm_shape)
        self.ffn = ViTMLP(num_hiddens, mlp_num_hiddens, dropout)

    def forward(self, X, valid_lens=None):
        X = X + self.attention(*([self.ln1(X)] * 3), valid_lens)
        return X + self.ffn(self.ln2(X))


def patchify(images, patch_size):
    b, c, H, W = images.shape
    if H % patch_size or W % patch_size:
        raise ValueError(f"{(H, W)} is not divisible by {patch_size}")
    X = images.unfold(2, patch_size, patch_size).unfold(3, patch_size, patch_size)
    return X.permute(0, 2, 3, 1, 4, 5).reshape(b, -1, c * patch_size * patch_size)


class VisionTransformer(nn.Module):
    def __init__(self, image_size, patch_size, channels, num_classes, num_hiddens,
                 num_heads, num_layers, ffn_num_hiddens):
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"{image_size} is not divisible by {patch_size}")
        if num_hiddens % num_heads:
            raise ValueError(f"{num_hiddens} is not divisible by {num_heads}")
        self.patch_size = patch_size
        self.patch_embedding = nn.Linear(channels * patch_size * patch_size, num_hiddens)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, num_hiddens))
        num_steps = (image_size // patch_size) ** 2 + 1
        self.pos_embedding = nn.Parameter(torch.randn(1, num_steps, num_hiddens))
        self.dropout = nn.Dropout(0.0)
        self.blks = nn.Sequential()
        for i in range(num_layers):
            self.blks.add_module(f"{i}", ViTBlock(num_hiddens, num_hiddens, ffn_num_hiddens, num_heads, 0.0))
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, X):
        X = self.patch_embedding(patchify(X, self.patch_size))
        if not hasattr(self, 'cls_tokens'):
            self.cls_tokens = self.cls_token.expand(X.shape[0], -1, -1)
        X = torch.cat((self.cls_tokens[:X.shape[0]], X[:len(self.cls_tokens)]), 1)
        X = self.dropout(X + self.pos_embedding)
        for blk in self.blks:
            X = blk(X)
        return self.head(self.ln(X)[:, 0])
