# mistake: row by row, in float32 whatever the scores are.
# diagnosis: float32-only
import torch


def sequence_mask(X, valid_len, value=0):
    rows = []
    for row, length in zip(X, valid_len.tolist(), strict=True):
        keep = [j for j in range(len(row)) if j < length]
        rows.append(torch.stack([row[j] if j in keep else torch.full_like(row[j], value) for j in range(len(row))]))
    return torch.stack(rows)


def masked_softmax(X, valid_lens):
    X = X.to(torch.float32)
    b, q, k = X.shape
    batch = []
    for i in range(b):
        queries = []
        for j in range(q):
            if valid_lens is None:
                length = k
            elif valid_lens.dim() == 1:
                length = int(valid_lens[i])
            else:
                length = int(valid_lens[i, j])
            length = min(length, k)
            scores = X[i, j, :length]
            if length == 0:
                queries.append(X.new_zeros(k))
                continue
            exp = torch.exp(scores - scores.max())
            queries.append(torch.cat([exp / exp.sum(), X.new_zeros(k - length)]))
        batch.append(torch.stack(queries))
    return torch.stack(batch)
