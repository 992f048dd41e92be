# mistake: the positions are added to the patches only, the class token gets none (its row of pos_embedding is never used)
# diagnosis: class-token-without-position
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def _check(size: int, divisor: int, what: str, by: str) -> None:
    if size % divisor != 0:
        raise ValueError(f"{what} = {size} is not divisible by {by} = {divisor}")


def patchify(images: Float[Tensor, "b c H W"], patch_size: int) -> Float[Tensor, "b n c*p*p"]:
    _check(images.shape[2], patch_size, "height", "patch_size")
    _check(images.shape[3], patch_size, "width", "patch_size")
    return F.unfold(images, kernel_size=patch_size, stride=patch_size).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, d: int, h: int):
        super().__init__()
        self.h = h
        for name in ("W_q", "W_k", "W_v", "W_o"):
            self.add_module(name, nn.Linear(d, d, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        q = self.W_q(x).unflatten(-1, (self.h, -1))
        k = self.W_k(x).unflatten(-1, (self.h, -1))
        v = self.W_v(x).unflatten(-1, (self.h, -1))
        scores = torch.einsum("bqhc,bkhc->bhqk", q, k) / q.shape[-1] ** 0.5
        return self.W_o(torch.einsum("bhqk,bkhc->bqhc", scores.softmax(-1), v).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, d: int, hidden: int):
        super().__init__()
        self.dense1, self.dense2 = nn.Linear(d, hidden), nn.Linear(hidden, d)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense2(F.gelu(self.dense1(x)))


class ViTBlock(nn.Module):
    def __init__(self, d: int, h: int, hidden: int):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention = Attention(d, h)
        self.ffn = FeedForward(d, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.ln1(x))
        x = x + self.ffn(self.ln2(x))
        return x


class VisionTransformer(nn.Module):
    def __init__(self, image_size: int, patch_size: int, channels: int, num_classes: int, num_hiddens: int,
                 num_heads: int, num_layers: int, ffn_num_hiddens: int):
        super().__init__()
        _check(image_size, patch_size, "image_size", "patch_size")
        _check(num_hiddens, num_heads, "num_hiddens", "num_heads")
        self.patch_size = patch_size
        num_patches = (image_size // patch_size) ** 2
        self.patch_embedding = nn.Linear(channels * patch_size * patch_size, num_hiddens)
        self.cls_token = nn.Parameter(torch.randn(1, 1, num_hiddens))
        self.pos_embedding = nn.Parameter(torch.randn(1, num_patches + 1, num_hiddens))
        self.blks = nn.ModuleList(ViTBlock(num_hiddens, num_heads, ffn_num_hiddens) for _ in range(num_layers))
        self.ln = nn.LayerNorm(num_hiddens)
        self.head = nn.Linear(num_hiddens, num_classes)

    def forward(self, images: Float[Tensor, "b c size size"]) -> Float[Tensor, "b classes"]:
        patches = self.patch_embedding(patchify(images, self.patch_size)) + self.pos_embedding[:, 1:]
        cls = self.cls_token.repeat(images.shape[0], 1, 1)
        x = torch.cat((cls, patches), dim=1)
        for blk in self.blks:
            x = blk(x)
        return self.head(self.ln(x)[:, 0])
