# mistake: (1) fills the padding with -1e4, which does not vanish next to valid scores near -10000, so padding gets
# diagnosis:
# weight; (2) sequence_mask uses `value` only as a flag: for any value other than 0 it writes that constant instead.
import torch
from torch import nn

NEG = -1e4


def sequence_mask(X, valid_len, value=0):
    col = torch.arange(0, X.size(-1), device=X.device)
    too_far = ~(col.view(1, -1) < valid_len.reshape(-1, 1))
    fill = NEG if value else 0.0
    return X.masked_fill(too_far, fill)


class _MaskedSoftmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.soft = nn.Softmax(dim=-1)

    def forward(self, X, valid_lens):
        if valid_lens is None:
            return self.soft(X)
        b, q, k = X.size()
        lens = valid_lens.reshape(b, -1).expand(-1, q).reshape(-1)
        return self.soft(sequence_mask(X.reshape(b * q, k), lens, value=NEG).view(b, q, k))


masked_softmax = _MaskedSoftmax()
