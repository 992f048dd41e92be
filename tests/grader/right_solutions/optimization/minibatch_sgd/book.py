"""The book's data_iter, linreg, squared_loss and sgd (d2l 0.17.6, 3.2 and 11.5); the loss is the mean, indices are drawn from generator."""

import torch


def minibatches(n, batch_size, generator):
    indices = torch.randperm(n, generator=generator).tolist()
    batches = []
    for i in range(0, n, batch_size):
        batch_indices = torch.tensor(indices[i : min(i + batch_size, n)])
        batches.append(batch_indices)
    return batches


def sgd(params, hyperparams):
    for p in params:
        with torch.no_grad():
            p[:] -= hyperparams["lr"] * (p.grad + hyperparams["weight_decay"] * p)


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError("bad hyperparameters")
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            sgd([p for p in group["params"] if p.grad is not None], group)
        return loss


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def data_iter(batch_size, features, labels, generator):
    for batch_indices in minibatches(len(features), batch_size, generator):
        yield features[batch_indices], labels[batch_indices]


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    w = torch.zeros((X.shape[1], 1), dtype=X.dtype, requires_grad=True)
    b = torch.zeros(1, dtype=X.dtype, requires_grad=True)
    losses = []
    for epoch in range(num_epochs):
        for features, labels in data_iter(batch_size, X, y, generator):
            l = squared_loss(linreg(features, w, b), labels).mean()
            losses.append(l.item())
            l.backward()
            sgd([w, b], {"lr": lr, "weight_decay": 0.0})
            w.grad.zero_()
            b.grad.zero_()
    return w.detach().reshape(-1), b.detach()[0], torch.tensor(losses, dtype=X.dtype)
