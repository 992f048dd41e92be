# mistake: GELU is approximated with tanh, unlike F.gelu by default
# diagnosis: gelu-by-tanh
import math

import torch
import torch.nn.functional as F
from torch import nn


def patchify(images, patch_size):
    b, c, H, W = images.shape
    p = patch_size
    for size in (H, W):
        if size % p != 0:
            raise ValueError(f"patch size {p} does not divide {size}")
    x = images.reshape(b, c, H // p, p, W // p, p)
    x = x.permute(0, 2, 4, 1, 3, 5)
    return x.reshape(b, (H // p) * (W // p), c * p * p)


class MultiHeadAttention(nn.Module):
    def __init__(self, d, num_heads):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(d, d, bias=False)
        self.W_k = nn.Linear(d, d, bias=False)
        self.W_v = nn.Linear(d, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = (w(x).reshape(b, n, self.num_heads, -1).transpose(1, 2) for w in (self.W_q, self.W_k, self.W_v))
        weights = F.softmax(q @ k.transpose(2, 3) / math.sqrt(d // self.num_heads), dim=-1)
        return self.W_o((weights @ v).transpose(1, 2).reshape(b, n, d))


class FFN(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.dense1 = nn.Linear(d, hidden)
        self.act = nn.GELU(approximate="tanh")
        self.dense2 = nn.Linear(hidden, d)

    def forward(self, x):
        return self.dense2(self.act(self.dense1(x)))


class Block(nn.Module):
    def __init__(self, d, num_heads, hidden):
        super().__init__()
        self.ln1 = nn.LayerNorm(d)
        self.attention = MultiHeadAttention(d, num_heads)
        self.ln2 = nn.LayerNorm(d)
        self.ffn = FFN(d, hidden)

    def forward(self, x):
        x = x + self.attention(self.ln1(x))
        return x + self.ffn(self.ln2(x))


class VisionTransformer(nn.Module):
    def __init__(self, image_size, patch_size, channels, num_classes, num_hiddens, num_heads, num_layers,
                 ffn_num_hiddens):
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"patch_size {patch_size} does not divide image_size {image_size}")
        if num_hiddens % num_heads:
            raise ValueError(f"num_heads {num_heads} does not divide num_hiddens {num_hiddens}")
        n = (image_size // patch_size) ** 2
        self.patch_size = patch_size
        self.patch_embedding = nn.Linear(channels * patch_size**2, num_hiddens)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, num_hiddens))
        self.pos_embedding = nn.Parameter(torch.randn(1, n + 1, num_hiddens) * 0.02)
        self.blks = nn.Sequential(*[Block(num_hiddens, num_heads, ffn_num_hiddens) for _ in range(num_layers)])
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, images):
        x = self.patch_embedding(patchify(images, self.patch_size))
        cls = self.cls_token.expand(len(x), -1, -1)
        x = torch.cat([cls, x], dim=1) + self.pos_embedding
        return self.head(self.ln(self.blks(x))[:, 0])
