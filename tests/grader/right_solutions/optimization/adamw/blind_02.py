"""Right: counters per parameter, everything on .data and out of place, decay after the step."""
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        beta1, beta2 = betas
        if lr < 0 or not 0 <= beta1 < 1 or not 0 <= beta2 < 1:
            raise ValueError("lr < 0 or a beta outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": (beta1, beta2), "eps": eps, "weight_decay": weight_decay})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g, data, state = x.grad.detach(), x.data, self.state[x]
                if "t" not in state:
                    state["t"] = 0
                    state["v"] = torch.zeros_like(data)
                    state["s"] = torch.zeros_like(data)
                state["t"] += 1
                state["v"] = beta1 * state["v"] + (1 - beta1) * g
                state["s"] = beta2 * state["s"] + (1 - beta2) * g.square()
                v_hat = state["v"] / (1 - beta1 ** state["t"])
                s_hat = state["s"] / (1 - beta2 ** state["t"])
                data.sub_(group["lr"] * v_hat / (torch.sqrt(s_hat) + group["eps"]))
                data.sub_(group["lr"] * group["weight_decay"] * data)
        return value
