# mistake: padding is hidden by adding -10000 to its score, which is too little where scores reach ±10000.
# diagnosis: small-number-added-to-masked-scores
import torch
from torch import Tensor, nn


def _masked_softmax(scores: Tensor, valid_lens: Tensor | None) -> Tensor:
    if valid_lens is not None:
        lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
        padding = torch.arange(scores.shape[-1], device=scores.device) >= lengths
        scores = scores + padding * -10000.0
    return torch.softmax(scores, dim=-1)


class AdditiveAttention(nn.Module):
    def __init__(self, key_size: int, query_size: int, num_hiddens: int, dropout: float):
        super().__init__()
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, valid_lens: Tensor | None) -> Tensor:
        features = torch.tanh(self.W_q(queries).unsqueeze(2) + self.W_k(keys).unsqueeze(1))
        scores = self.w_v(features).squeeze(-1)
        self.attention_weights = _masked_softmax(scores, valid_lens)
        return torch.bmm(self.dropout(self.attention_weights), values)
