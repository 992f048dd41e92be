# mistake: the sum over a batch is divided by batch_size and not by the number of samples in it, which is wrong for a smaller last batch.
# diagnosis:
import torch


def minibatches(n, batch_size, generator):
    order = torch.randperm(n, generator=generator)
    return [order[k : k + batch_size] for k in range(0, n, batch_size)]


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if not lr >= 0:
            raise ValueError(lr)
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is not None:
                    x.sub_(group["lr"] * (x.grad + group["weight_decay"] * x))
        return result


def squared_loss(y_hat, y):
    return (y_hat - y) ** 2 / 2


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    batch_size = min(batch_size, len(X))
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, requires_grad=True)
    optimizer = SGD([w, b], lr=lr)
    losses = []
    for _ in range(num_epochs):
        for batch in minibatches(len(X), batch_size, generator):
            loss = squared_loss(X[batch] @ w + b, y[batch]).sum() / batch_size
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
    return w.detach(), b.detach(), torch.stack(losses)
