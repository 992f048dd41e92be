# mistake: "to be safe" zeroes the values of keys that no query may look at IN PLACE, so the caller's values tensor is
# diagnosis:
# overwritten (and values that require grad raise an error).
import math

import torch
from torch import Tensor, nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, valid_lens: Tensor | None = None) -> Tensor:
        scores = torch.baddbmm(
            torch.zeros((), dtype=queries.dtype, device=queries.device),
            queries, keys.transpose(-2, -1), beta=0, alpha=1 / math.sqrt(queries.shape[-1]),
        )
        if valid_lens is not None:
            lens = valid_lens.unsqueeze(1) if valid_lens.ndim == 1 else valid_lens
            forbidden = torch.arange(keys.shape[1], device=keys.device) >= lens.unsqueeze(2)   # (b, 1 | q, k)
            scores.masked_fill_(forbidden, -math.inf)
            nobody = forbidden.all(dim=1)                                                      # (b, k)
            values.masked_fill_(nobody.unsqueeze(2), 0.0)
        self.attention_weights = torch.softmax(scores, dim=2)
        return self.dropout(self.attention_weights) @ values
