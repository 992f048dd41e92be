# mistake: the losses are collected with .item() and made a tensor without a dtype: float32 even if X is float64.
# diagnosis: losses-in-float32
import torch


def minibatches(n: int, batch_size: int, generator: torch.Generator):
    order = torch.randperm(n, generator=generator)
    batches = []
    while len(order) > 0:
        batches.append(order[:batch_size])
        order = order[batch_size:]
    return batches


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError(f"lr = {lr}")
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data -= group["lr"] * (p.grad.data + group["weight_decay"] * p.data)
        return loss


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    w = torch.zeros(X.shape[1], dtype=X.dtype).requires_grad_(True)
    b = torch.zeros((), dtype=X.dtype).requires_grad_(True)
    trainer = SGD([w, b], lr)
    losses = []
    for epoch in range(num_epochs):
        for idx in minibatches(X.shape[0], batch_size, generator):
            loss = torch.nn.functional.mse_loss(X[idx] @ w + b, y[idx]) / 2
            trainer.zero_grad()
            loss.backward()
            trainer.step()
            losses.append(loss.item())
    return w.detach(), b.detach(), torch.tensor(losses)
