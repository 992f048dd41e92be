"""Plain numbers in lists; a Fisher–Yates shuffle of its own; every epoch's order is drawn before the first one."""

import torch


def shuffled(n, generator):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(torch.randint(i + 1, (1,), generator=generator))
        order[i], order[j] = order[j], order[i]
    return order


def minibatches(n, batch_size, generator):
    order, batches = shuffled(n, generator), []
    while order:
        batches.append(torch.tensor(order[:batch_size], dtype=torch.int64))
        order = order[batch_size:]
    return batches


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError(lr)
        super().__init__(params, defaults=dict(weight_decay=weight_decay, lr=lr))

    def step(self, closure=None):
        value = None if closure is None else float(closure())
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                flat, grad = p.data.view(-1), p.grad.reshape(-1).tolist()
                for i, g in enumerate(grad):
                    x = float(flat[i])
                    flat[i] = x - group["lr"] * g - group["lr"] * group["weight_decay"] * x
        return value


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    rows, labels = X.tolist(), y.tolist()
    orders = [shuffled(len(rows), generator) for _ in range(num_epochs)]
    w, b, losses = [0.0] * X.shape[1], 0.0, []
    for order in orders:
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            errors = [sum(wi * xi for wi, xi in zip(w, rows[i])) + b - labels[i] for i in batch]
            losses.append(sum(e * e for e in errors) / 2 / len(batch))
            for k in range(len(w)):
                w[k] -= lr * sum(e * rows[i][k] for e, i in zip(errors, batch)) / len(batch)
            b -= lr * sum(errors) / len(batch)
    return tuple(torch.tensor(one, dtype=X.dtype) for one in (w, b, losses))
