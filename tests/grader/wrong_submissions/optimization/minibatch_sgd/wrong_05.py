# mistake: the loop over a group's parameters ends at the first one without a gradient (break where it should go on), so the parameters behind it stay where they are.
# diagnosis: stops-at-a-missing-gradient
import torch


def minibatches(n, batch_size, generator):
    order = torch.randperm(n, generator=generator)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError("lr < 0")
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
                    break
                p.sub_(group["lr"] * (p.grad + group["weight_decay"] * p))
        return loss


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    w, b = torch.zeros(X.shape[1], dtype=X.dtype), torch.zeros((), dtype=X.dtype)
    losses = []
    for _ in range(num_epochs):
        for batch in minibatches(len(y), batch_size, generator):
            error = X[batch] @ w + b - y[batch]
            losses.append((error**2).mean() / 2)
            w, b = w - lr * error @ X[batch] / len(batch), b - lr * error.mean()
    return w, b, torch.stack(losses)
