"""Number by number in plain Python; the averages are lists of floats."""

import torch


class _Loops(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps):
        if lr < 0:
            raise ValueError("negative learning rate")
        if any(b < 0 or b >= 1 for b in betas):
            raise ValueError("beta outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps})

    def step(self, closure=None):
        loss = None if closure is None else closure()
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                flat, grad = p.data.view(-1), p.grad.reshape(-1).tolist()
                state = self.state[p]
                state.setdefault("t", 0)
                state.setdefault("m", [0.0] * len(grad))
                state.setdefault("v", [0.0] * len(grad))
                state["t"] = t = state["t"] + 1
                for i, g in enumerate(grad):
                    state["m"][i] = b1 * state["m"][i] + (1 - b1) * g
                    state["v"][i] = self.second(state["v"][i], g, b2)
                    m, v = state["m"][i] / (1 - b1**t), state["v"][i] / (1 - b2**t)
                    flat[i] = float(flat[i]) - group["lr"] * m / (v**0.5 + group["eps"])
        return loss


class Adam(_Loops):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)

    def second(self, v, g, b2):
        return b2 * v + (1 - b2) * g * g


class Yogi(_Loops):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def second(self, v, g, b2):
        if g**2 > v:
            return v + (1 - b2) * g**2
        return v if g**2 == v else v - (1 - b2) * g**2
