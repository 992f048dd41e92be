# mistake: the new value is assigned to x.data, so a detached alias of the parameter keeps the old storage.
# diagnosis: replaced-not-updated
import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0:
            raise ValueError("lr")
        if not 0 <= gamma < 1:
            raise ValueError("gamma")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            lr, gamma, eps = group["lr"], group["gamma"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad.data
                state = self.state[p]
                if len(state) == 0:
                    state["s"] = torch.zeros_like(p.data)
                state["s"] = gamma * state["s"] + (1 - gamma) * g**2
                p.data = p.data - lr * g / torch.sqrt(state["s"] + eps)
        return loss
