"""Positional encoding (《动手学深度学习》 10.6.3 位置编码).

Self-attention does not notice the order of its inputs. So each position i gets a vector of its own, which is added to
what stands there. It is made of sines and cosines, a pair for each of d/2 frequencies (d is num_hiddens):

    P[0, i, 2j]     = sin(i / 10000^(2j/d))
    P[0, i, 2j + 1] = cos(i / 10000^(2j/d))

    P (1, max_len, d) ──the first n positions──> (1, n, d) ─┐
    X (b, n, d) ───────────────────────────────────────── + ┴──dropout──> (b, n, d)

For d = 4 the pair of columns 0, 1 turns by 1 radian per position, and the pair 2, 3 by 1/100 of one:

                  column 0   column 1   column 2   column 3
    position 0      0.0000     1.0000     0.0000     1.0000      sin 0, cos 0; sin 0,    cos 0
    position 1      0.8415     0.5403     0.0100     1.0000      sin 1, cos 1; sin 0.01, cos 0.01
    position 2      0.9093    -0.4161     0.0200     0.9998      sin 2, cos 2; sin 0.02, cos 0.02

From position i to position i + δ every pair turns by the same angle, wherever i is: the encoding of i + δ is that of i,
rotated by an angle that depends on δ alone. That is how relative positions can be seen.

Write the class. What is graded:

- `P` is a tensor (1, max_len, num_hiddens) with the entries above, correct to 1.5e-4; positions count from 0. No
  gradient is taken by it: there is nothing to learn. Whether it is in the state_dict is up to you.
- `forward` returns dropout(X + P[:, :n]): every sample gets the same encodings. n is at most max_len, and differs from
  call to call.
- Dropout acts on the sum, in training only; kept entries are scaled by 1/(1 - dropout), as `nn.Dropout` does it.
- num_hiddens is even. The result has the dtype of X (float32, or float64 after `.double()`), X stays as it was, and
  gradients flow back to it.

Try it by hand:

    >>> encoding = PositionalEncoding(num_hiddens=4, dropout=0.5, max_len=3).eval()
    >>> encoding.P.shape, encoding.P[0, 2]
    (torch.Size([1, 3, 4]), tensor([ 0.9093, -0.4161,  0.0200,  0.9998]))
    >>> encoding(torch.full((1, 3, 4), 10.0))[0, 2]
    tensor([10.9093,  9.5839, 10.0200, 10.9998])

★ For stars (no points): num_hiddens may be odd, with one cosine less than sines; P moves with the module, as a buffer
does, so that `.double()`, `.float()` (and `.to(device)`) reach it; n > max_len raises ValueError with a message that
names both numbers.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    """Adds to every position a vector of sines and cosines that tells where it is.

    Args:
        num_hiddens: d, the features of a position.
        dropout: the probability with which an entry of the sum is dropped in training.
        max_len: the number of positions that P has.

    Attributes:
        P: the encodings of all positions, (1, max_len, d).
    """

    def __init__(self, num_hiddens: int, dropout: float, max_len: int = 1000):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        raise NotImplementedError

    def forward(self, X: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        """Add the encodings of the first n positions to every sample, then drop out.

        Args:
            X: (b, n, d).

        Returns:
            (b, n, d).
        """
        raise NotImplementedError
