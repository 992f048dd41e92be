"""Minibatch stochastic gradient descent: the reference."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def minibatches(n: int, batch_size: int, generator: torch.Generator) -> list[Int[Tensor, " batch"]]:
    order = torch.randperm(n, generator=generator)  # (n,)
    return list(order.split(batch_size))  # each (batch_size,), the last one what is left


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected a number >= 0")
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is not None:
                    x -= group["lr"] * (x.grad + group["weight_decay"] * x)  # (*)
        return loss


def train_linear_regression(
    X: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    batch_size: int,
    lr: float,
    num_epochs: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""], Float[Tensor, " updates"]]:
    n, d = X.shape
    w = torch.zeros(d, dtype=X.dtype, requires_grad=True)  # (d,)
    b = torch.zeros((), dtype=X.dtype, requires_grad=True)  # ()
    optimizer, losses = SGD([w, b], lr), []
    for _ in range(num_epochs):
        for batch in minibatches(n, batch_size, generator):
            error = X[batch] @ w + b - y[batch]  # (batch,)
            loss = (error**2).mean() / 2  # ()
            losses.append(loss.detach())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return w.detach(), b.detach(), torch.stack(losses)
