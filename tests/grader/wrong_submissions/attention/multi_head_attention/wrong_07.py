# mistake: the heads are concatenated along the batch axis head by head (as in the well-known TensorFlow code), so row
# diagnosis: heads-before-samples-throughout
# j·b + i holds sample i and head j instead of row i·h + j; lengths and transpose_output follow the same order.
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    # tf.concat(tf.split(Q, num_heads, axis=2), axis=0)
    return torch.cat(torch.split(X, X.shape[2] // num_heads, dim=2), dim=0)


def transpose_output(X, num_heads):
    # tf.concat(tf.split(outputs, num_heads, axis=0), axis=2)
    return torch.cat(torch.split(X, X.shape[0] // num_heads, dim=0), dim=2)


def combine_heads(heads, how="concat"):
    if how == "concat":
        return torch.cat([t.squeeze(1) for t in torch.split(heads, 1, dim=1)], dim=-1)
    return torch.mean(heads, dim=1)


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, masks=None):
        outputs = torch.matmul(queries, keys.permute(0, 2, 1))
        outputs = outputs / (keys.shape[-1] ** 0.5)
        if masks is not None:
            paddings = torch.ones_like(outputs) * (-2 ** 32 + 1)
            outputs = torch.where(masks, outputs, paddings)
        outputs = torch.softmax(outputs, -1)
        self.attention_weights = outputs
        return torch.matmul(self.dropout(outputs), values)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.attention = DotProductAttention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        Q_ = transpose_qkv(self.W_q(queries), self.num_heads)
        K_ = transpose_qkv(self.W_k(keys), self.num_heads)
        V_ = transpose_qkv(self.W_v(values), self.num_heads)
        masks = None
        if valid_lens is not None:
            lens = valid_lens[:, None] if valid_lens.dim() == 1 else valid_lens
            masks = torch.arange(keys.shape[1], device=keys.device)[None, None, :] < lens[:, :, None]
            masks = masks.repeat(self.num_heads, 1, 1)
        return self.W_o(transpose_output(self.attention(Q_, K_, V_, masks), self.num_heads))
