"""Position-wise feed-forward network: the reference."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionWiseFFN(nn.Module):
    def __init__(self, ffn_num_input: int, ffn_num_hiddens: int, ffn_num_outputs: int):
        super().__init__()
        self.dense1 = nn.Linear(ffn_num_input, ffn_num_hiddens)
        self.dense2 = nn.Linear(ffn_num_hiddens, ffn_num_outputs)

    def forward(self, X: Float[Tensor, "b n ffn_num_input"]) -> Float[Tensor, "b n ffn_num_outputs"]:
        hidden = torch.relu(self.dense1(X))  # (b, n, ffn_num_hiddens)
        return self.dense2(hidden)  # (b, n, ffn_num_outputs)
