"""The Vision Transformer (Dosovitskiy et al. 2020, "An Image is Worth 16x16 Words"; 图像识别).

An encoder of a Transformer reads a sequence. An image becomes one by being cut into square patches: each patch is
flattened and mapped to d = num_hiddens features, like a word that is embedded. One more token, the class token, is the
same for all images; it attends to the patches, and what it has become in the end is classified:

    images (b, c, H, W) ──patchify──> (b, n, c·p·p) ──patch_embedding──> (b, n, d) ─┐
                                                                                    ├─ cat ──> (b, n + 1, d)
    cls_token (1, 1, d), for every image ───────────────────────────────────────────┘                │
                                                                                                     + pos_embedding
        logits (b, num_classes) <──head── (b, d) <──[:, 0]── ln <── blks <───────────────────────────┘  (1, n + 1, d)

    each of blks:      x ──┬── ln1 ── attention ── + ──┬── ln2 ── ffn ── + ──>
                           └───────────────────────┘   └─────────────────┘

The patches follow each other row by row, as one reads; the numbers of a patch do so too, channel by channel:

    one channel, 4 x 4        patchify(images, 2), (1, 4, 4)

     0  1 |  2  3             [[ 0,  1,  4,  5],       top left
     4  5 |  6  7              [ 2,  3,  6,  7],       top right
    ------+------              [ 8,  9, 12, 13],       bottom left
     8  9 | 10 11              [10, 11, 14, 15]]       bottom right
    12 13 | 14 15

Write `patchify` and `VisionTransformer`, and classes of your own for a block and its parts. What is graded:

- `patchify` takes images of any height and width that are multiples of p = patch_size; n = H/p · W/p. Each patch is
  flattened in the order channels, rows, columns.
- Sub-modules and parameters (their names are the keys of the state_dict): `patch_embedding` (nn.Linear), `cls_token`
  (1, 1, d) and `pos_embedding` (1, n + 1, d), both nn.Parameter, `blks` (num_layers blocks), `ln` (nn.LayerNorm) and
  `head` (nn.Linear). In each block: `ln1`, `ln2` (nn.LayerNorm); `attention` with `W_q`, `W_k`, `W_v`, `W_o`
  (nn.Linear from d to d **without** bias); `ffn` with `dense1` (from d to ffn_num_hiddens) and `dense2` (back to d).
- The class token comes first, and positions are added to all n + 1 tokens.
- Each block normalizes **before** attention and before the ffn: x ← x + attention(ln1(x)), x ← x + ffn(ln2(x)).
- Attention has num_heads heads, side by side: head j owns the features j·d/h, …, (j+1)·d/h - 1 of what W_q, W_k, W_v
  return. The scores of a head are divided by √(d/h). You may use your MultiHeadAttention of the earlier exercise.
- Between `dense1` and `dense2` stands GELU as `F.gelu` computes it by default; or ReLU, in every block.
- logits = head(ln(x)[:, 0]). Layer normalization has its usual eps, 1e-5. There is no dropout.
- `num_layers` may be 0.
- Sizes that do not fit raise ValueError, with a message that names both numbers: in `patchify` a height or width that
  patch_size does not divide, in `VisionTransformer(...)` such an image_size, and num_hiddens that num_heads does not
  divide.
- The result has the dtype of the images (float32, or float64 after `.double()`), the images stay as they were, and
  gradients flow back to images and all parameters.

Forbidden: `F.scaled_dot_product_attention`, `nn.MultiheadAttention`, `F.multi_head_attention_forward`,
`nn.TransformerEncoderLayer`, `nn.TransformerEncoder`.

Try it by hand:

    >>> patchify(torch.arange(16.0).reshape(1, 1, 4, 4), patch_size=2)
    tensor([[[ 0.,  1.,  4.,  5.],
             [ 2.,  3.,  6.,  7.],
             [ 8.,  9., 12., 13.],
             [10., 11., 14., 15.]]])
    >>> patchify(torch.arange(8.0).reshape(1, 2, 2, 2), patch_size=1)
    tensor([[[0., 4.],
             [1., 5.],
             [2., 6.],
             [3., 7.]]])
    >>> model = VisionTransformer(
    ...     image_size=6, patch_size=2, channels=3, num_classes=5, num_hiddens=8, num_heads=2, num_layers=1,
    ...     ffn_num_hiddens=7)
    >>> model(torch.ones(4, 3, 6, 6)).shape
    torch.Size([4, 5])
    >>> model.pos_embedding.shape
    torch.Size([1, 10, 8])
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def patchify(images: Float[Tensor, "b c H W"], patch_size: int) -> Float[Tensor, "b n c*p*p"]:
    """Cut images into square patches, and flatten each of them.

    Args:
        images: (b, c, H, W).
        patch_size: height and width of a patch, p; divides H and W.

    Returns:
        (b, n, c·p·p): n = H/p · W/p patches row by row, each as channels, rows, columns.

    Raises:
        ValueError: patch_size does not divide H, or W.
    """
    raise NotImplementedError


class VisionTransformer(nn.Module):
    """A Transformer encoder that reads the patches of an image, and classifies it by its class token.

    Args:
        image_size: height and width of an image in pixels.
        patch_size: height and width of a patch, p.
        channels: channels of an image, c.
        num_classes: how many classes there are.
        num_hiddens: features of a token, d.
        num_heads: heads of each attention, h.
        num_layers: how many blocks there are; may be 0.
        ffn_num_hiddens: features between `dense1` and `dense2`.

    Attributes:
        patch_embedding: maps a flattened patch to d features.
        cls_token: the class token, (1, 1, d).
        pos_embedding: the position of the class token and of every patch, (1, n + 1, d).
        blks: the blocks, in order.
        ln: the layer normalization after the last block.
        head: makes a score for every class out of the class token.

    Raises:
        ValueError: patch_size does not divide image_size, or num_heads does not divide num_hiddens.
    """

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
        raise NotImplementedError

    def forward(self, images: Float[Tensor, "b c size size"]) -> Float[Tensor, "b classes"]:
        """Classify images.

        Args:
            images: (b, channels, image_size, image_size).

        Returns:
            The logits, (b, num_classes).
        """
        raise NotImplementedError
