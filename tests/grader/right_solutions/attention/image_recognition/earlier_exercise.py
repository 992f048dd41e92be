"""On the MultiHeadAttention of the earlier exercise, with ReLU; patches by F.unfold; blocks named block0, block1, …"""

import torch
import torch.nn.functional as F
from torch import nn

from exercises.attention.multi_head_attention import MultiHeadAttention


def patchify(images, patch_size):
    for side in images.shape[-2:]:
        if side % patch_size:
            raise ValueError(f"side of {side} pixels, patches of {patch_size}")
    return F.unfold(images, kernel_size=patch_size, stride=patch_size).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, d, heads, hiddens):
        super().__init__()
        self.attention = MultiHeadAttention(d, d, d, d, heads, 0.0)
        self.ffn = nn.Sequential()
        self.ffn.add_module("dense1", nn.Linear(d, hiddens))
        self.ffn.add_module("relu", nn.ReLU())
        self.ffn.add_module("dense2", nn.Linear(hiddens, d))
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, X):
        Y = self.ln1(X)
        X = X + self.attention(Y, Y, Y, None)
        return X + self.ffn(self.ln2(X))


class VisionTransformer(nn.Module):
    def __init__(
        self, image_size, patch_size, channels, num_classes, num_hiddens, num_heads, num_layers, ffn_num_hiddens
    ):
        super().__init__()
        if image_size % patch_size != 0:
            raise ValueError(f"patches of {patch_size} do not fit into {image_size}")
        if num_hiddens % num_heads != 0:
            raise ValueError(f"{num_heads} heads do not fit into {num_hiddens}")
        self.p = patch_size
        tokens = 1 + (image_size // patch_size) * (image_size // patch_size)
        self.pos_embedding = nn.Parameter(torch.zeros(1, tokens, num_hiddens))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, num_hiddens))
        self.patch_embedding = nn.Linear(channels * patch_size * patch_size, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)
        self.ln = nn.LayerNorm(num_hiddens)
        self.blks = nn.Sequential()
        for i in range(num_layers):
            self.blks.add_module("block" + str(i), Block(num_hiddens, num_heads, ffn_num_hiddens))

    def forward(self, images):
        patches = self.patch_embedding(patchify(images, self.p)) + self.pos_embedding[:, 1:]
        first = (self.cls_token + self.pos_embedding[:, :1]).repeat(images.shape[0], 1, 1)
        X = self.blks(torch.cat((first, patches), dim=1))
        return self.head(self.ln(X[:, 0]))
