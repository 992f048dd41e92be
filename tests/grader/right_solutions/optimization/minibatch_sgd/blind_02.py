"""Right: order by argsort of random numbers, gradients of the regression by hand, losses into a buffer."""
import torch


def minibatches(n, batch_size, generator):
    order = torch.argsort(torch.rand(n, generator=generator, dtype=torch.float64))
    full, rest = divmod(n, batch_size)
    sizes = [batch_size] * full + ([rest] if rest else [])
    return list(torch.split(order, sizes))


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError("negative lr")
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            shrink = 1 - group["lr"] * group["weight_decay"]
            for x in group["params"]:
                if x.grad is not None:
                    x.data.mul_(shrink).sub_(group["lr"] * x.grad.detach())
        return value


@torch.no_grad()
def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    n, d = X.shape
    w, b = X.new_zeros(d), X.new_zeros(())
    losses = X.new_empty(num_epochs * -(-n // batch_size))
    t = 0
    for _ in range(num_epochs):
        for batch in minibatches(n, batch_size, generator):
            A, m = X[batch], len(batch)
            r = A @ w + b - y[batch]
            losses[t] = r @ r / (2 * m)
            w = w - lr * (A.T @ r) / m
            b = b - lr * r.sum() / m
            t += 1
    return w, b, losses
