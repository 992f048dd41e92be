"""Right: patches cut by loops and slices, one head after the other, ReLU, class token at x[:, :1]."""

import math

import torch
from torch import nn


def patchify(images, patch_size):
    height, width = images.shape[-2:]
    for name, size in (("height", height), ("width", width)):
        if size % patch_size:
            raise ValueError(f"the {name} {size} is no multiple of patch_size {patch_size}")
    patches = []
    for top in range(0, height, patch_size):
        for left in range(0, width, patch_size):
            patch = images[:, :, top : top + patch_size, left : left + patch_size]
            patches.append(patch.flatten(1))
    return torch.stack(patches, dim=1)


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, x):
        outputs = []
        for q, k, v in zip(*(W(x).chunk(self.heads, dim=-1) for W in (self.W_q, self.W_k, self.W_v))):
            scores = torch.bmm(q / math.sqrt(q.shape[-1]), k.transpose(1, 2))
            outputs.append(torch.bmm(torch.softmax(scores, dim=2), v))
        return self.W_o(torch.cat(outputs, dim=-1))


class Ffn(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.dense1 = nn.Linear(d, hidden)
        self.dense2 = nn.Linear(hidden, d)

    def forward(self, x):
        return self.dense2(self.dense1(x).relu())


class Block(nn.Module):
    def __init__(self, d, heads, hidden):
        super().__init__()
        self.ln1 = nn.LayerNorm(d)
        self.ln2 = nn.LayerNorm(d)
        self.attention = Attention(d, heads)
        self.ffn = Ffn(d, hidden)

    def forward(self, x):
        middle = self.attention(self.ln1(x)) + x
        return self.ffn(self.ln2(middle)) + middle


class VisionTransformer(nn.Module):
    def __init__(self, image_size, patch_size, channels, num_classes, num_hiddens, num_heads, num_layers,
                 ffn_num_hiddens):
        super().__init__()
        if image_size % patch_size != 0:
            raise ValueError(f"image_size {image_size} is no multiple of patch_size {patch_size}")
        if num_hiddens % num_heads != 0:
            raise ValueError(f"num_hiddens {num_hiddens} is no multiple of num_heads {num_heads}")
        self.patch_size = patch_size
        side = image_size // patch_size
        self.patch_embedding = nn.Linear(channels * patch_size**2, num_hiddens)
        self.cls_token = nn.Parameter(torch.empty(1, 1, num_hiddens).normal_(std=0.02))
        self.pos_embedding = nn.Parameter(torch.empty(1, side * side + 1, num_hiddens).normal_(std=0.02))
        self.blks = nn.ModuleList()
        for _ in range(num_layers):
            self.blks.append(Block(num_hiddens, num_heads, ffn_num_hiddens))
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, images):
        patches = self.patch_embedding(patchify(images, self.patch_size))
        patches = patches + self.pos_embedding[:, 1:]
        first = (self.cls_token + self.pos_embedding[:, :1]).expand(patches.shape[0], 1, -1)
        x = torch.cat([first, patches], dim=1)
        for blk in self.blks:
            x = blk(x)
        return self.head(self.ln(x[:, 0]))
