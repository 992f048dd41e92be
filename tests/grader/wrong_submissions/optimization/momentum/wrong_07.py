# mistake: port of the book's functions: (1) the gradients are zeroed in passing; (2) the velocities are torch.zeros of the default dtype, so float64 parameters have float32 velocities.
# diagnosis: gradients-zeroed + velocity-in-float32
import torch


def init_momentum_states(params):
    return [torch.zeros(p.shape) for p in params]


def sgd_momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        if p.grad is None:
            continue
        with torch.no_grad():
            v[...] = hyperparams["momentum"] * v + p.grad
            if hyperparams["nesterov"]:
                p[...] -= hyperparams["lr"] * (p.grad + hyperparams["momentum"] * v)
            else:
                p[...] -= hyperparams["lr"] * v
        p.grad.data.zero_()


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0:
            raise ValueError("lr必须非负")
        if momentum < 0 or momentum >= 1:
            raise ValueError("momentum必须在[0, 1)内")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})
        for group in self.param_groups:
            for p, v in zip(group["params"], init_momentum_states(group["params"])):
                self.state[p]["v"] = v

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            states = [self.state[p]["v"] for p in group["params"]]
            sgd_momentum(group["params"], states, group)
        return loss
