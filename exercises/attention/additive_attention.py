"""Additive attention (《动手学深度学习》 10.3.2 加性注意力).

Queries and keys of different widths have no dot product. Additive attention brings both to h = num_hiddens features,
adds them, and lets a small network with one hidden layer say how well they fit:

    queries (b, q, query_size) ──W_q──> (b, q, 1, h) ─┐
                                                      ├─ + ──tanh──> (b, q, k, h) ──w_v──> scores (b, q, k)
    keys    (b, k, key_size)   ──W_k──> (b, 1, k, h) ─┘                                         │ masked softmax
                                                                                         weights (b, q, k) ─┐
                                                                                                    dropout ┤
    values  (b, k, v) ──────────────────────────────────────────────────────────── weights · values ────────┴─> (b, q, v)

                    key 0  key 1  key 2
    W_q q + W_k k     0.0    9.0    9.0       num_hiddens = 1, W_q and W_k all 1; query (0.5, -0.5), keys 0, 9, 9
    tanh              0.0    1.0    1.0
    score             0.0    2.0    2.0       w_v = 2
    weight           0.12   0.88    0.0       valid_len = 2: the third key is padding
    value              10     20     30       output = 0.12 · 10 + 0.88 · 20 = 18.8

Write the class. What is graded:

- Sub-modules `W_k`, `W_q` and `w_v` (nn.Linear **without** bias; these names are the keys of the state_dict). Mind the
  order of the arguments: the size of the keys comes first.
- score = w_v · tanh(W_q q + W_k k), for every query and every key of a sample; it is not scaled.
- `valid_lens` is None (nothing is masked), (b,) — one length per sample — or (b, q) — one length per query; its
  numbers may be of any integer or floating type. Every length is at least 1; a length above k masks nothing. Masked
  keys get weight exactly 0. Mask with your own masked_softmax, or in any way you like:
  `from exercises.attention.masked_softmax import masked_softmax`.
- After each call `self.attention_weights` holds the weights (b, q, k) as they were **before** dropout.
- Dropout acts on the weights, in training only; kept weights are scaled by 1/(1 - dropout), as `nn.Dropout` does it.
- Queries and keys may be so large that tanh saturates; scores lie between -10000 and 10000.
- The two sizes, num_hiddens, and the numbers of samples, queries and keys may all differ. The result has the dtype of
  the inputs (float32, or float64 after `.double()`), the arguments stay as they were, and gradients flow back to
  queries, keys, values and all parameters.

Try it by hand:

    >>> attention = AdditiveAttention(key_size=1, query_size=2, num_hiddens=1, dropout=0.5).eval()
    >>> for linear, weight in ((attention.W_q, 1.0), (attention.W_k, 1.0), (attention.w_v, 2.0)):
    ...     _ = nn.init.constant_(linear.weight, weight)
    >>> queries, keys = torch.tensor([[[0.5, -0.5]]]), torch.tensor([[[0.0], [9.0], [9.0]]])
    >>> values = torch.tensor([[[10.0], [20.0], [30.0]]])
    >>> attention(queries, keys, values, torch.tensor([2])).detach()
    tensor([[[18.8080]]])
    >>> attention.attention_weights.detach()
    tensor([[[0.1192, 0.8808, 0.0000]]])
"""

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


class AdditiveAttention(nn.Module):
    """Attention whose scores come from a small network: w_v · tanh(W_q q + W_k k).

    Args:
        key_size: features of a key.
        query_size: features of a query.
        num_hiddens: features of the hidden layer, h.
        dropout: the probability with which a weight is dropped in training.

    Attributes:
        W_k, W_q, w_v: the layers, without bias.
        attention_weights: the weights of the last call, before dropout, (b, q, k).
    """

    def __init__(self, key_size: int, query_size: int, num_hiddens: int, dropout: float):
        super().__init__()
        raise NotImplementedError

    def forward(
        self,
        queries: Float[Tensor, "b q query_size"],
        keys: Float[Tensor, "b k key_size"],
        values: Float[Tensor, "b k v"],
        valid_lens: Num[Tensor, "..."] | None,
    ) -> Float[Tensor, "b q v"]:
        """Mix the values by how well each query fits each key.

        Args:
            queries: (b, q, query_size).
            keys: (b, k, key_size).
            values: one for every key, (b, k, v).
            valid_lens: None, lengths per sample (b,), or lengths per query (b, q).

        Returns:
            One mixture of values for every query, (b, q, v).
        """
        raise NotImplementedError
