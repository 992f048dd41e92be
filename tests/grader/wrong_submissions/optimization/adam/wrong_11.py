# mistake: the number of the step is bound in the loop over the parameters and used behind it: a step in which no parameter has a gradient raises UnboundLocalError.
# diagnosis:
import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0 or any(not 0 <= beta < 1 for beta in betas):
            raise ValueError(f"{lr=}, {betas=}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @staticmethod
    def change(s, g):
        return g * g - s

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            (beta1, beta2), steps = group["betas"], []
            for x in group["params"]:
                if x.grad is None:
                    continue
                state = self.state[x]
                t = state["t"] = state.get("t", 0) + 1
                state["v"] = state.get("v", 0) * beta1 + (1 - beta1) * x.grad
                s = state.get("s", torch.zeros_like(x))
                state["s"] = s + (1 - beta2) * self.change(s, x.grad)
                root = (state["s"] / (1 - beta2**t)).sqrt() + group["eps"]
                steps.append((x, group["lr"] * state["v"] / (1 - beta1**t) / root))
            for x, step in steps:
                x -= step
            group["last_t"] = t
        return loss


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    @staticmethod
    def change(s, g):
        return torch.sign(g * g - s) * g * g
