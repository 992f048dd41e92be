# mistake: a softmax over each slice; the keys' lengths are right, the layers have biases that nobody uses.
# diagnosis: biases-left-in
import torch
from torch import Tensor, nn


class _SlicedAttention(nn.Module):
    attention_weights: Tensor

    def score(self, queries: Tensor, keys: Tensor) -> Tensor:
        raise NotImplementedError

    def thin_out(self, weights: Tensor) -> Tensor:
        return weights

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, valid_lens: Tensor | None) -> Tensor:
        b, q, k = queries.shape[0], queries.shape[1], keys.shape[1]
        if valid_lens is None:
            table = [[k] * q for _ in range(b)]
        else:
            lengths = valid_lens.tolist()
            rows = [[length] * q for length in lengths] if valid_lens.dim() == 1 else lengths
            table = [[sum(position < length for position in range(k)) for length in row] for row in rows]
        samples = []
        for i in range(b):
            scores = self.score(queries[i], keys[i])
            rows = []
            for row, n in zip(scores, table[i]):
                weights = row[:n].softmax(dim=0)
                rows.append(torch.cat((weights, row.new_zeros(k - n))))
            samples.append(torch.stack(rows))
        self.attention_weights = torch.stack(samples)
        thinned = self.thin_out(self.attention_weights)
        return (thinned.unsqueeze(-1) * values.unsqueeze(1)).sum(dim=2)


class AdditiveAttention(_SlicedAttention):
    def __init__(self, key_size: int, query_size: int, num_hiddens: int, dropout: float):
        super().__init__()
        self.dropout = dropout
        self.W_k = nn.Linear(key_size, num_hiddens)
        self.W_q = nn.Linear(query_size, num_hiddens)
        self.w_v = nn.Linear(num_hiddens, 1, False)

    def thin_out(self, weights: Tensor) -> Tensor:
        return nn.functional.dropout(weights, p=self.dropout, training=self.training)

    def score(self, queries: Tensor, keys: Tensor) -> Tensor:
        q, k = len(queries), len(keys)
        pairs = torch.cat((queries.repeat_interleave(k, dim=0), keys.repeat(q, 1)), dim=1)
        both = torch.cat((self.W_q.weight, self.W_k.weight), dim=1)
        return self.w_v(torch.tanh(pairs @ both.T)).view(q, k)
