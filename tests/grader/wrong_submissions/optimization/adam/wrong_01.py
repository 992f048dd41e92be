# mistake: eps is added under the root, sqrt(s_hat + eps), instead of outside.
# diagnosis: eps-inside-the-root
import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError("lr")
        if betas[0] < 0 or betas[0] >= 1 or betas[1] < 0 or betas[1] >= 1:
            raise ValueError("betas")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    def new_s(self, s, g, beta2):
        return beta2 * s + (1 - beta2) * g**2

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            beta1 = group["betas"][0]
            beta2 = group["betas"][1]
            for x in group["params"]:
                if x.grad is None:
                    continue
                state = self.state[x]
                if len(state) == 0:
                    state["t"] = 0
                    state["v"] = torch.zeros_like(x.data)
                    state["s"] = torch.zeros_like(x.data)
                g = x.grad.data
                state["t"] = state["t"] + 1
                state["v"] = beta1 * state["v"] + (1 - beta1) * g
                state["s"] = self.new_s(state["s"], g, beta2)
                v_hat = state["v"] / (1 - beta1 ** state["t"])
                s_hat = state["s"] / (1 - beta2 ** state["t"])
                x.data -= group["lr"] * v_hat / torch.sqrt(s_hat + group["eps"])
        return loss


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def new_s(self, s, g, beta2):
        return s + (1 - beta2) * torch.sign(g**2 - s) * g**2
