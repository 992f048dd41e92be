"""Right: the state is the root of s, squared again at each step; the update is a pure function."""
import torch


def update(x, g, rms, lr, gamma, eps):
    """The new x and the new root mean square."""
    s = gamma * rms * rms + (1.0 - gamma) * g * g
    return x - lr * g / torch.sqrt(s + eps), torch.sqrt(s)


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0:
            raise ValueError(lr)
        if gamma < 0 or gamma >= 1:
            raise ValueError(gamma)
        super().__init__(params, {"lr": lr, "gamma": gamma, "eps": eps})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        with torch.no_grad():
            for group in self.param_groups:
                options = {key: group[key] for key in ("lr", "gamma", "eps")}
                for x in group["params"]:
                    if x.grad is None:
                        continue
                    state = self.state[x]
                    new, rms = update(x, x.grad, state.get("rms", torch.zeros_like(x)), **options)
                    state["rms"] = rms
                    x.copy_(new)
        return value
