# mistake: one dropout mask (1, n, d) is broadcast over the batch: all samples lose the same entries.
# diagnosis: same-entries-dropped-in-all-samples
import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens: int, dropout: float, max_len: int = 1000):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        i = torch.arange(max_len, dtype=torch.float32).reshape(-1, 1)
        angles = i / torch.pow(10000, torch.arange(0, num_hiddens, 2, dtype=torch.float32) / num_hiddens)
        P = torch.zeros(1, max_len, num_hiddens)
        P[:, :, 0::2] = torch.sin(angles)
        P[:, :, 1::2] = torch.cos(angles)[:, : num_hiddens // 2]
        self.register_buffer("P", P)

    def forward(self, X: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        n = X.shape[1]
        if n > self.P.shape[1]:
            raise ValueError(f"{n} positions, but max_len is {self.P.shape[1]}")
        P = self.P[:, :n]
        mask = self.dropout(torch.ones_like(P))  # 0 or 1 / (1 - dropout); all ones in eval mode
        return (X + P) * mask
