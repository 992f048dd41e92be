"""A module with one of everything that a property may touch."""

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

CONSTANT = 1.5


def identity(*args, **kwargs):
    return args, kwargs


def scale_in_place(X, factor=2.0):
    X *= factor
    return X


def vector_instructions():
    return torch.backends.cpu.get_cpu_capability()


def sparse():
    return torch.eye(2).to_sparse()


def noisy(n):
    print("n is", n)
    return torch.rand(n)


def apply(function, x, times):
    for _ in range(times):
        x = function(x)
    return x


def draw(generator, n):
    return torch.randperm(n, generator=generator)


def descend(make_optimizer, objective, x0, steps):
    x = torch.nn.Parameter(x0.clone())
    optimizer = make_optimizer([x])
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = objective(x)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses), x.detach()


def fail(message):
    raise ValueError(message)


def leave(code):
    raise SystemExit(code)


def two(X, Y):
    return (X * Y).sum(dim=-1), X.detach()


class Liar:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


def liar():
    return Liar()


class Layer(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.dropout = nn.Dropout(0.5)
        self.calls = 0

    def forward(self, X):
        self.calls += 1
        self.last = self.dropout(self.linear(X))
        return self.last

    def double_calls(self):
        return 2 * self.calls

    @property
    def weight_norm(self):
        return self.linear.weight.norm()


class SGD(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        state = self.state[param]
                        state["t"] = state.get("t", 0) + 1
                        param -= group["lr"] / state["t"] * param.grad
        return loss


class Stack(nn.Module):
    """Two blocks, under names of the learner's choice."""

    def __init__(self, *names):
        super().__init__()
        self.blks = nn.Sequential()
        for name in names:
            self.blks.add_module(name, Layer(2, 2).eval())

    def forward(self, X):
        return self.blks(X)


class Growing(Optimizer):
    """Wrong: its average hangs in the graph of what came before."""

    def __init__(self, params):
        super().__init__(params, {})

    def step(self):
        for param in self.param_groups[0]["params"]:
            self.state[param]["average"] = self.state[param].get("average", 0) + param.grad * param


def hand_over(function, *texts):
    return function(*map(eval, texts))


def largest(X, above):
    """Numpy's way: where the largest entry is, what it is, whether it is above the number, all kinds of it."""
    X = X.numpy()
    return X.argmax(), X.max(), X.max() > above, {X.argmax(): [X.max().astype(np.float32), np.bool_(above)]}
