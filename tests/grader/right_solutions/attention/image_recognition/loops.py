"""Patches by slicing, a loop over the heads, GELU and softmax by hand, √d in float32, a ModuleList, parts as plain functions."""

import torch
from torch import nn


def patchify(images, patch_size):
    b, c, H, W = images.shape
    if H % patch_size != 0:
        raise ValueError(f"H = {H}, patch_size = {patch_size}")
    if W % patch_size != 0:
        raise ValueError(f"W = {W}, patch_size = {patch_size}")
    patches = []
    for top in range(0, H, patch_size):
        for left in range(0, W, patch_size):
            patches.append(images[:, :, top : top + patch_size, left : left + patch_size].reshape(b, -1))
    return torch.stack(patches, dim=1)


def gelu(x):
    return 0.5 * x * (1 + torch.erf(x / 2**0.5))


class Parts(nn.Module):
    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class VisionTransformer(nn.Module):
    def __init__(
        self, image_size, patch_size, channels, num_classes, num_hiddens, num_heads, num_layers, ffn_num_hiddens
    ):
        super().__init__()
        side, rest = divmod(image_size, patch_size)
        if rest:
            raise ValueError(f"{image_size=} is no multiple of {patch_size=}")
        if num_hiddens != num_hiddens // num_heads * num_heads:
            raise ValueError(f"{num_hiddens=} is no multiple of {num_heads=}")
        d, self.patch_size, self.width = num_hiddens, patch_size, num_hiddens // num_heads
        self.cls_token = nn.Parameter(torch.empty(1, 1, d).normal_(std=0.02))
        self.pos_embedding = nn.Parameter(torch.empty(1, side * side + 1, d).normal_(std=0.02))
        self.patch_embedding = nn.Linear(channels * patch_size**2, d)
        self.blks = nn.ModuleList(
            Parts(
                ln1=nn.LayerNorm(d),
                ln2=nn.LayerNorm(d),
                attention=Parts(**{f"W_{one}": nn.Linear(d, d, bias=False) for one in "qkvo"}),
                ffn=Parts(dense1=nn.Linear(d, ffn_num_hiddens), dense2=nn.Linear(ffn_num_hiddens, d)),
            )
            for _ in range(num_layers)
        )
        self.ln = nn.LayerNorm(d)
        self.head = nn.Linear(d, num_classes)

    def attend(self, a, X):
        out = 0
        Q, K, V = a.W_q(X), a.W_k(X), a.W_v(X)
        for start in range(0, X.shape[-1], self.width):
            own = slice(start, start + self.width)
            scores = torch.einsum("bqd,bkd->bqk", Q[..., own], K[..., own]) / torch.sqrt(torch.tensor(self.width))
            exp = torch.exp(scores - scores.amax(-1, keepdim=True))
            weights = exp / exp.sum(-1, keepdim=True)
            out = out + weights @ V[..., own] @ a.W_o.weight[:, own].T
        return out

    def forward(self, images):
        X = self.patch_embedding(patchify(images, self.patch_size))
        tokens = X.new_empty(X.shape[0], X.shape[1] + 1, X.shape[2])
        tokens[:, :1] = self.cls_token
        tokens[:, 1:] = X
        X = tokens + self.pos_embedding
        for blk in self.blks:
            X = X + self.attend(blk.attention, blk.ln1(X))
            X = X + blk.ffn.dense2(gelu(blk.ffn.dense1(blk.ln2(X))))
        return self.head(self.ln(X[:, 0]))
