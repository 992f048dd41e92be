"""Returns what torch can make besides plain tensors; another kind in every worker."""

import os

import torch

kinds = [
    lambda X: torch.zeros(1, dtype=X.dtype).expand(2**40),
    lambda X: torch.empty(2**31, 0, dtype=X.dtype),
    lambda X: torch.empty(0, 2**62, dtype=X.dtype),
    lambda X: torch.empty(X.shape, dtype=X.dtype, device="meta"),
    lambda X: torch.zeros(X.shape, dtype=X.dtype).to_sparse(),
    lambda X: torch.zeros(X.shape, dtype=torch.complex128),
    lambda X: torch._neg_view(torch.ones(X.shape, dtype=X.dtype)),
    lambda X: torch.quantize_per_tensor(torch.ones(X.shape), 0.1, 0, torch.quint8),
    lambda X: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]),
    lambda X: torch.full(X.shape, 0.5, dtype=X.dtype).requires_grad_(),
    lambda X: torch.nn.Parameter(torch.full(X.shape, 0.5, dtype=X.dtype)),
    lambda X: X.flip(-1).t() if X.dim() == 2 else X.flip(-1).permute(2, 1, 0),
    lambda X: torch.ones(X.shape, dtype=torch.bool),
    lambda X: [X] * 1000,
    lambda X: {0: X, None: X, "": X},
    lambda X: "PASSED" * 10**6,
]
kind = kinds[(os.getpid() - os.getppid()) % len(kinds)]


def sequence_mask(X, valid_len, value=0):
    return kind(X)


def masked_softmax(X, valid_lens):
    return kind(X)
