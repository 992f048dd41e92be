# mistake: the order is cut with torch.chunk into the right number of batches, but chunk evens their sizes out (n = 9, batch_size = 4 gives 3 + 3 + 3).
# diagnosis: batches-evened-out
import math

import torch


def minibatches(n, batch_size, generator):
    order = torch.randperm(n, generator=generator)
    return list(order.chunk(math.ceil(n / batch_size)))


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                d_p = p.grad.add(p, alpha=group["weight_decay"])
                p.add_(d_p, alpha=-group["lr"])
        return loss


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    n, d = X.shape
    w = torch.zeros(d, dtype=X.dtype, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, requires_grad=True)
    optimizer = SGD([w, b], lr=lr)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(n, generator=generator)
        for start in range(0, n, batch_size):
            batch = order[start : start + batch_size]
            loss = ((X[batch] @ w + b - y[batch]) ** 2).mean() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
    return w.detach(), b.detach(), torch.stack(losses)
