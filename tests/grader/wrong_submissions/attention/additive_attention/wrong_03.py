# mistake: query by query; the lengths of other samples.
# diagnosis: lengths-tiled
import torch
from torch import nn


class AdditiveAttention(nn.Module):
    def __init__(self, key_size, query_size, num_hiddens, dropout):
        super().__init__()
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)
        self.p = dropout

    def forward(self, queries, keys, values, valid_lens):
        b, q, _ = queries.shape
        k = keys.shape[1]
        weights, outputs = [], []
        for i in range(b):
            for j in range(q):
                length = k
                if valid_lens is not None:
                    length = min(k, int(valid_lens[(i * q + j) % b] if valid_lens.dim() == 1 else valid_lens[i, j]))
                query = self.W_q(queries[i, j])
                scores = torch.cat([self.w_v((self.W_k(key) + query).tanh()) for key in keys[i, :length]])
                exp = torch.exp(scores - scores.max())
                w = torch.cat([exp / exp.sum(), exp.new_zeros(k - length)])
                weights.append(w)
                if self.training:
                    w = w * (torch.rand(k) >= self.p) / (1 - self.p)
                outputs.append(sum(w[n] * values[i, n] for n in range(k)))
        self.attention_weights = torch.stack(weights).view(b, q, k).detach()
        return torch.stack(outputs).view(b, q, -1)
