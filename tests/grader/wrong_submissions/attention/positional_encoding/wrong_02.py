# mistake: entry by entry, each column with the exponent c/d of its own number c.
# diagnosis: cosines-with-frequencies-of-their-own
import math

import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens, dropout, max_len=1000):
        super().__init__()
        self.rate = dropout
        rows = [
            [
                (math.cos if c % 2 else math.sin)(i / 10000 ** (c / num_hiddens))
                for c in range(num_hiddens)
            ]
            for i in range(max_len)
        ]
        self.P = torch.tensor([rows], dtype=torch.float32)

    def forward(self, X):
        if X.shape[1] > self.P.shape[1]:
            raise ValueError(f"{X.shape[1]} > {self.P.shape[1]}")
        outputs = torch.stack([sample + self.P[0, : len(sample)] for sample in X])
        if self.training:
            outputs = outputs * (torch.rand_like(outputs) >= self.rate) / (1 - self.rate)
        return outputs
