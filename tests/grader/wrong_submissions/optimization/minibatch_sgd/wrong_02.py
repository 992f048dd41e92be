# mistake: the weight decay is added to x.grad in place, so the gradient is not left as it was.
# diagnosis: decay-in-the-gradient-tensor
import torch


def minibatches(n, batch_size, generator):
    return list(torch.randperm(n, generator=generator).split(batch_size))


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError("lr must be at least 0")
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        with torch.no_grad():
            for group in self.param_groups:
                lr, wd = group["lr"], group["weight_decay"]
                for x in group["params"]:
                    if x.grad is None:
                        continue
                    g = x.grad
                    if wd != 0:
                        g += wd * x
                    x -= lr * g
        return value


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    w = X.new_zeros(X.shape[1]).requires_grad_()
    b = X.new_zeros(()).requires_grad_()
    sgd = SGD([w, b], lr)
    losses = []
    for _ in range(num_epochs):
        for batch in minibatches(len(X), batch_size, generator):
            sgd.zero_grad()
            residual = X[batch] @ w + b - y[batch]
            loss = 0.5 * residual.square().mean()
            losses.append(loss.detach().clone())
            loss.backward()
            sgd.step()
    return w, b, torch.stack(losses)
