"""Position-wise feed-forward network (《动手学深度学习》 10.7.2 基于位置的前馈网络).

Attention mixes positions. Between two attentions every position is worked on by itself, all of them by the same small
network: a linear layer, ReLU, another linear layer.

    X (b, n, ffn_num_input) ──dense1──> (b, n, ffn_num_hiddens) ──ReLU──dense2──> (b, n, ffn_num_outputs)

    position 0   X = ( 1.0, 2.0)    dense1 gives (3.0, -1.0)    ReLU (3.0, 0.0)    dense2 gives 3.5
    position 1   X = (-1.0, 1.0)    dense1 gives (0.0, -2.0)    ReLU (0.0, 0.0)    dense2 gives 0.5

Here dense1 computes (x0 + x1, x0 - x1), and dense2 adds the two and 0.5.

Write `__init__` and `forward`. What is graded:

- The two layers are called `dense1` and `dense2`; they are `nn.Linear`, with their biases.
- ReLU stands between them, and nowhere else. There is no dropout and no residual connection: in the Transformer those
  belong to add & norm.
- Every position of every sample goes through the same map, and depends on itself alone.
- The result has the dtype of the module (float32, or float64 after `.double()`), X stays as it was, and gradients flow
  back to X and to the parameters.

Try it by hand:

    >>> ffn = PositionWiseFFN(2, 2, 1)
    >>> _ = ffn.load_state_dict({
    ...     "dense1.weight": torch.tensor([[1.0, 1.0], [1.0, -1.0]]), "dense1.bias": torch.zeros(2),
    ...     "dense2.weight": torch.tensor([[1.0, 1.0]]), "dense2.bias": torch.tensor([0.5]),
    ... })
    >>> ffn(torch.tensor([[[1.0, 2.0], [-1.0, 1.0]]])).detach()
    tensor([[[3.5000],
             [0.5000]]])
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionWiseFFN(nn.Module):
    """Two linear layers with ReLU between them, the same at every position.

    Args:
        ffn_num_input: the width of the input.
        ffn_num_hiddens: the width between the layers.
        ffn_num_outputs: the width of the output.
    """

    def __init__(self, ffn_num_input: int, ffn_num_hiddens: int, ffn_num_outputs: int):
        super().__init__()
        raise NotImplementedError

    def forward(self, X: Float[Tensor, "b n ffn_num_input"]) -> Float[Tensor, "b n ffn_num_outputs"]:
        """Work on every position by itself.

        Args:
            X: (b, n, ffn_num_input).

        Returns:
            (b, n, ffn_num_outputs).
        """
        raise NotImplementedError
