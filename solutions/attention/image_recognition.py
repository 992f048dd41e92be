"""The Vision Transformer: the reference."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def patchify(images: Float[Tensor, "b c H W"], patch_size: int) -> Float[Tensor, "b n c*p*p"]:
    (b, c, H, W), p = images.shape, patch_size
    if H % p != 0 or W % p != 0:
        raise ValueError(f"images of {H} x {W} pixels cannot be cut into patches of patch_size={p}")
    patches = images.reshape(b, c, H // p, p, W // p, p)  # (b, c, H/p, p, W/p, p)
    patches = patches.permute(0, 2, 4, 1, 3, 5)  # (b, H/p, W/p, c, p, p)
    return patches.flatten(3).flatten(1, 2)  # (b, n, c·p·p)


class _Attention(nn.Module):
    def __init__(self, num_hiddens: int, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(num_hiddens, num_hiddens, bias=False)
        self.W_k = nn.Linear(num_hiddens, num_hiddens, bias=False)
        self.W_v = nn.Linear(num_hiddens, num_hiddens, bias=False)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=False)

    def split(self, X: Float[Tensor, "b m d"]) -> Float[Tensor, "b h m d/h"]:
        return X.unflatten(2, (self.num_heads, -1)).transpose(1, 2)  # (b, h, m, d/h)

    def forward(self, X: Float[Tensor, "b m d"]) -> Float[Tensor, "b m d"]:
        Q, K, V = self.split(self.W_q(X)), self.split(self.W_k(X)), self.split(self.W_v(X))  # (b, h, m, d/h), each
        scores = Q @ K.transpose(2, 3) / math.sqrt(Q.shape[-1])  # (b, h, m, m)
        heads = torch.softmax(scores, dim=-1) @ V  # (b, h, m, d/h)
        return self.W_o(heads.transpose(1, 2).flatten(2))  # (b, m, d)


class _FFN(nn.Module):
    def __init__(self, num_hiddens: int, ffn_num_hiddens: int):
        super().__init__()
        self.dense1 = nn.Linear(num_hiddens, ffn_num_hiddens)
        self.dense2 = nn.Linear(ffn_num_hiddens, num_hiddens)

    def forward(self, X: Float[Tensor, "b m d"]) -> Float[Tensor, "b m d"]:
        return self.dense2(F.gelu(self.dense1(X)))  # (b, m, d)


class _Block(nn.Module):
    def __init__(self, num_hiddens: int, num_heads: int, ffn_num_hiddens: int):
        super().__init__()
        self.ln1 = nn.LayerNorm(num_hiddens)
        self.attention = _Attention(num_hiddens, num_heads)
        self.ln2 = nn.LayerNorm(num_hiddens)
        self.ffn = _FFN(num_hiddens, ffn_num_hiddens)

    def forward(self, X: Float[Tensor, "b m d"]) -> Float[Tensor, "b m d"]:
        X = X + self.attention(self.ln1(X))  # (b, m, d)
        return X + self.ffn(self.ln2(X))  # (b, m, d)


class VisionTransformer(nn.Module):
    def __init__(
        self,
        image_size: int,
        patch_size: int,
        channels: int,
        num_classes: int,
        num_hiddens: int,
        num_heads: int,
        num_layers: int,
        ffn_num_hiddens: int,
    ):
        super().__init__()
        if image_size % patch_size != 0:
            raise ValueError(f"image_size={image_size} is not divisible by patch_size={patch_size}")
        if num_hiddens % num_heads != 0:
            raise ValueError(f"num_hiddens={num_hiddens} is not divisible by num_heads={num_heads}")
        self.patch_size = patch_size
        n = (image_size // patch_size) ** 2
        self.patch_embedding = nn.Linear(channels * patch_size**2, num_hiddens)
        self.cls_token = nn.Parameter(torch.randn(1, 1, num_hiddens))
        self.pos_embedding = nn.Parameter(torch.randn(1, n + 1, num_hiddens))
        self.blks = nn.Sequential(*[_Block(num_hiddens, num_heads, ffn_num_hiddens) for _ in range(num_layers)])
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, images: Float[Tensor, "b c size size"]) -> Float[Tensor, "b classes"]:
        X = self.patch_embedding(patchify(images, self.patch_size))  # (b, n, d)
        cls_token = self.cls_token.expand(len(X), -1, -1)  # (b, 1, d)
        X = torch.cat([cls_token, X], dim=1) + self.pos_embedding  # (b, n + 1, d)
        X = self.blks(X)  # (b, n + 1, d)
        return self.head(self.ln(X)[:, 0])  # (b, classes)
