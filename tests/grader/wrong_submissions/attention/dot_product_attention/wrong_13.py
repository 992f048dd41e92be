# mistake: the lengths of other samples, through repeat.
# diagnosis: lengths-tiled
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, valid_lens: Tensor | None = None) -> Tensor:
        quarter = queries.size(-1) ** -0.25
        scores = torch.einsum("bqd,bkd->bqk", queries * quarter, keys * quarter)
        if valid_lens is not None:
            b, q = queries.shape[:2]
            lens = (valid_lens.repeat(q) if valid_lens.dim() == 1 else valid_lens).double().reshape(b, q, 1)
            valid = torch.arange(keys.size(1), device=keys.device) < lens
            scores = torch.where(valid, scores, scores.new_tensor(-torch.inf))
        self.attention_weights = F.log_softmax(scores, dim=-1).exp()
        return torch.einsum("bqk,bkv->bqv", F.dropout(self.attention_weights, self.dropout.p, self.training), values)
