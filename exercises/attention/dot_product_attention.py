"""Scaled dot-product attention (《动手学深度学习》 10.3.3 缩放点积注意力).

A query is compared with every key by a dot product; the weights that come out mix the values:

    queries (b, q, d) ─┐
                       ├─ queries · keys / √d ──> scores (b, q, k) ──masked softmax──> weights (b, q, k) ─┐
    keys    (b, k, d) ─┘                                                                     dropout ─────┤
    values  (b, k, v) ────────────────────────────────────────────────────────── weights · values ────────┴─> (b, q, v)

If the d entries of a query and of a key are independent with mean 0 and variance 1, their dot product has variance d.
Divided by √d it has variance 1 again, whatever the width.

                    key 0  key 1  key 2
    query · key       4.0    0.0    4.0       d = 4, so divide by √d = 2; valid_len = 2
    score             2.0    0.0    2.0
    weight           0.88   0.12    0.0       the third key is padding
    value              10     20     30       output = 0.88 · 10 + 0.12 · 20 = 11.2

Write `forward`. What is graded:

- The scores are divided by √d, where d is the width of the queries.
- `valid_lens` is None (nothing is masked), (b,) — one length per sample — or (b, q) — one length per query; its
  numbers may be of any integer or floating type. Every length is at least 1; a length above k masks nothing. Masked
  keys get weight exactly 0. Mask with your own masked_softmax, or in any way you like:
  `from exercises.attention.masked_softmax import masked_softmax`.
- After each call `self.attention_weights` holds the weights (b, q, k) as they were **before** dropout.
- Dropout acts on the weights, in training only; kept weights are scaled by 1/(1 - dropout), as `nn.Dropout` does it.
- Scaled scores lie between -10000 and 10000. The result has the dtype of the inputs (float32 or float64), the inputs
  stay as they were, and gradients flow back to queries, keys and values.

Forbidden: `F.scaled_dot_product_attention`, `nn.MultiheadAttention`.

Try it by hand:

    >>> queries = torch.tensor([[[1.0, 1.0, 1.0, 1.0]]])
    >>> keys = torch.tensor([[[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 2.0, 0.0]]])
    >>> values = torch.tensor([[[10.0], [20.0], [30.0]]])
    >>> attention = DotProductAttention(dropout=0.5).eval()
    >>> attention(queries, keys, values, torch.tensor([2]))
    tensor([[[11.1920]]])
    >>> attention.attention_weights
    tensor([[[0.8808, 0.1192, 0.0000]]])
"""

import math

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


class DotProductAttention(nn.Module):
    """Attention whose scores are dot products of queries and keys, divided by √d.

    Args:
        dropout: the probability with which a weight is dropped in training.

    Attributes:
        attention_weights: the weights of the last call, before dropout, (b, q, k).
    """

    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Float[Tensor, "b q d"],
        keys: Float[Tensor, "b k d"],
        values: Float[Tensor, "b k v"],
        valid_lens: Num[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "b q v"]:
        """Mix the values by how well each query fits each key.

        Args:
            queries: (b, q, d).
            keys: (b, k, d).
            values: one for every key, (b, k, v).
            valid_lens: None, lengths per sample (b,), or lengths per query (b, q).

        Returns:
            One mixture of values for every query, (b, q, v).
        """
        raise NotImplementedError
