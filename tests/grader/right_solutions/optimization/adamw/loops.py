"""Number by number in plain Python, the decay after the step; the averages are lists of floats."""

import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0:
            raise ValueError("negative learning rate")
        if any(b < 0 or b >= 1 for b in betas):
            raise ValueError("beta outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = None if closure is None else closure()
        for group in self.param_groups:
            (b1, b2), eta, eps, decay = (group[key] for key in ("betas", "lr", "eps", "weight_decay"))
            for p in group["params"]:
                if p.grad is None:
                    continue
                flat, grad = p.data.view(-1), p.grad.reshape(-1).tolist()
                state = self.state[p]
                state["t"] = t = state.get("t", 0) + 1
                m, v = state.setdefault("m", [0.0] * len(grad)), state.setdefault("v", [0.0] * len(grad))
                for i, g in enumerate(grad):
                    m[i] = b1 * m[i] + (1 - b1) * g
                    v[i] = b2 * v[i] + (1 - b2) * g * g
                    moved = float(flat[i]) - eta * (m[i] / (1 - b1**t)) / ((v[i] / (1 - b2**t)) ** 0.5 + eps)
                    flat[i] = moved - eta * decay * moved
        return loss
