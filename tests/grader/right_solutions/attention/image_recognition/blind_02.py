"""Right: Tensor.unfold for the patches, a buffer filled with tokens, matmul on (h, b, n, d/h), exact GELU by erf."""

import math

import torch
from torch import Tensor, nn


def require_multiple(number: int, divisor: int) -> None:
    if number % divisor:
        raise ValueError(f"{divisor} does not divide {number}")


def patchify(images: Tensor, patch_size: int) -> Tensor:
    require_multiple(images.shape[2], patch_size)
    require_multiple(images.shape[3], patch_size)
    windows = images.unfold(2, patch_size, patch_size).unfold(3, patch_size, patch_size)  # (b, c, H/p, W/p, p, p)
    return torch.einsum("bcyxij->byxcij", windows).flatten(3).flatten(1, 2)


class FeedForward(nn.Module):
    def __init__(self, d: int, hidden: int):
        super().__init__()
        self.dense1 = nn.Linear(d, hidden)
        self.dense2 = nn.Linear(hidden, d)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dense1(x)
        return self.dense2(x * (1 + torch.erf(x / math.sqrt(2))) / 2)


class Attention(nn.Module):
    def __init__(self, d: int, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(d, d, bias=False)
        self.W_k = nn.Linear(d, d, bias=False)
        self.W_v = nn.Linear(d, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (torch.stack(W(x).tensor_split(self.num_heads, -1)) for W in (self.W_q, self.W_k, self.W_v))
        weights = (q @ k.mT).div(math.sqrt(q.shape[-1])).softmax(-1)
        return self.W_o(torch.cat(list(weights @ v), dim=-1))


class PreNormBlock(nn.Module):
    def __init__(self, d: int, num_heads: int, hidden: int):
        super().__init__()
        self.attention = Attention(d, num_heads)
        self.ffn = FeedForward(d, hidden)
        self.ln1 = nn.LayerNorm([d])
        self.ln2 = nn.LayerNorm([d])

    def forward(self, x: Tensor) -> Tensor:
        for ln, sublayer in ((self.ln1, self.attention), (self.ln2, self.ffn)):
            x = x + sublayer(ln(x))
        return x


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
        require_multiple(image_size, patch_size)
        require_multiple(num_hiddens, num_heads)
        super().__init__()
        self.p = patch_size
        n = (image_size // patch_size) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, num_hiddens))
        self.pos_embedding = nn.Parameter(torch.zeros(1, n + 1, num_hiddens))
        nn.init.trunc_normal_(self.pos_embedding, std=0.02)
        self.patch_embedding = nn.Linear(channels * patch_size * patch_size, num_hiddens)
        blocks = [PreNormBlock(num_hiddens, num_heads, ffn_num_hiddens) for _ in range(num_layers)]
        self.blks = nn.Sequential(*blocks)
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        embedded = self.patch_embedding(patchify(images, self.p))
        tokens = embedded.new_empty(embedded.shape[0], embedded.shape[1] + 1, embedded.shape[2])
        tokens[:, :1] = self.cls_token
        tokens[:, 1:] = embedded
        out = self.ln(self.blks(tokens + self.pos_embedding))
        return self.head(out)[:, 0]
