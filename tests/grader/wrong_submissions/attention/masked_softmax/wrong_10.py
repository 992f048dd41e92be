# mistake: (1) casts the scores to float32 (habit from tf.cast), so float64 scores give a float32 result; (2) off by one:
# diagnosis: float32-only + one-key-too-many
# masks only positions > valid_len, so the first padded key is still attended to.
import torch


def sequence_mask(X, valid_len, value=0):
    # tf: mask = tf.range(maxlen)[None, :] < tf.cast(valid_len[:, None], tf.float32)
    mask = torch.arange(0, X.shape[1], dtype=torch.float32)[None, :] > valid_len[:, None].to(torch.float32)
    return torch.where(mask, value * torch.ones_like(X), X)


def masked_softmax(X, valid_lens):
    X = X.to(torch.float32)
    if valid_lens is None:
        return torch.nn.functional.softmax(X, dim=-1)
    shape = X.shape
    if len(valid_lens.shape) == 1:
        valid_lens = torch.repeat_interleave(valid_lens, repeats=shape[1])
    else:
        valid_lens = torch.reshape(valid_lens, (-1,))
    X = sequence_mask(torch.reshape(X, (-1, shape[-1])), valid_lens, value=-1e6)
    return torch.nn.functional.softmax(torch.reshape(X, shape), dim=-1)
