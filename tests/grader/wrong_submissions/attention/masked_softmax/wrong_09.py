# mistake: builds the mask from one_hot(valid_len, k + 1) and a cumulative sum; a length above k is out of the range of
# diagnosis:
# the one-hot classes and raises RuntimeError instead of masking nothing.
import torch
from torch.nn.functional import one_hot


def sequence_mask(X, valid_len, value=0):
    k = X.shape[1]
    # 0 0 1 0 -> 0 0 1 1 : ones from valid_len on
    started = one_hot(valid_len.long(), num_classes=k + 1).cumsum(dim=1)[:, :k].bool()
    return X.masked_fill(started, value)


def masked_softmax(X, valid_lens):
    scores = X
    if valid_lens is not None:
        q = X.shape[1]
        per_query = valid_lens if valid_lens.dim() > 1 else valid_lens[:, None].expand(-1, q)
        rows = [sequence_mask(x, l, -1e9) for x, l in zip(X.unbind(0), per_query.unbind(0))]
        scores = torch.stack(rows, dim=0)
    return scores.log_softmax(dim=-1).exp()
