# mistake: one key at a time into a buffer; the scores are scaled.
# diagnosis: scaled
import torch
from torch import nn


class AdditiveAttention(nn.Module):
    def __init__(self, key_size, query_size, num_hiddens, dropout):
        super().__init__()
        layers = {"W_k": (key_size, num_hiddens), "W_q": (query_size, num_hiddens), "w_v": (num_hiddens, 1)}
        for name, sizes in layers.items():
            self.add_module(name, nn.Linear(*sizes, bias=False))
        self.drop = nn.Dropout(dropout)
        self.attention_weights = None

    def forward(self, queries, keys, values, valid_lens=None):
        b, q, _ = queries.shape
        k = keys.size(1)
        queries = queries @ self.W_q.weight.T
        scores = torch.empty(b, q, k, dtype=values.dtype)
        for j in range(k):
            sums = queries + (keys[:, j] @ self.W_k.weight.t()).unsqueeze(1)
            scores[:, :, j] = ((2 * torch.sigmoid(2 * sums) - 1) * self.w_v.weight).sum(dim=-1) / self.w_v.in_features**0.5
        if valid_lens is not None:
            if valid_lens.dim() == 1:
                valid_lens = valid_lens.unsqueeze(1).expand(-1, q)
            for i, row in enumerate(valid_lens.tolist()):
                for j, length in enumerate(row):
                    scores[i, j, int(length) :] = torch.finfo(scores.dtype).min
        self.attention_weights = scores.log_softmax(-1).exp()
        return (values.transpose(1, 2) @ self.drop(self.attention_weights).transpose(1, 2)).transpose(1, 2)
