# mistake: slices with the lengths directly (out[i, n:]), which works only for integer tensors: floating lengths such as
# diagnosis: integer-lengths-only
# tensor([2., 3.]) raise TypeError.
import torch


def sequence_mask(X, valid_len, value=0):
    out = X.clone()
    for i in range(X.shape[0]):
        n = valid_len[i]
        out[i, n:] = value
    return out


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        return torch.softmax(X, dim=2)
    batches = []
    for i in range(X.shape[0]):
        if valid_lens.dim() == 1:
            row_lens = torch.stack([valid_lens[i]] * X.shape[1])
        else:
            row_lens = valid_lens[i]
        masked = sequence_mask(X[i], row_lens, -float("inf"))
        batches.append(torch.softmax(masked, dim=1))
    return torch.stack(batches)
