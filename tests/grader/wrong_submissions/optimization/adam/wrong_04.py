# mistake: (1) the group's one counter t is moved inside the loop over parameters, so with n parameters it runs n times too fast; (2) beta = 0 is refused (0 < beta < 1).
# diagnosis: beta-of-zero-refused + counter-moved-per-parameter
import torch


class Adam(torch.optim.Optimizer):
    yogi = False

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError("learning rate must be >= 0")
        if not all(0 < beta < 1 for beta in betas):
            raise ValueError("betas must be between 0 and 1")
        super().__init__(params, dict(lr=lr, betas=tuple(betas), eps=eps, t=0))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                (beta1, beta2), eps = group["betas"], group["eps"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    group["t"] += 1
                    v = self.state[p].setdefault("v", torch.zeros_like(p))
                    s = self.state[p].setdefault("s", torch.zeros_like(p))
                    v[...] = beta1 * v + (1 - beta1) * p.grad
                    if self.yogi:
                        s[...] = s + (1 - beta2) * torch.sign(torch.square(p.grad) - s) * torch.square(p.grad)
                    else:
                        s[...] = beta2 * s + (1 - beta2) * torch.square(p.grad)
                    v_bias_corr = v / (1 - beta1 ** group["t"])
                    s_bias_corr = s / (1 - beta2 ** group["t"])
                    p[...] -= group["lr"] * v_bias_corr / (torch.sqrt(s_bias_corr) + eps)
        return loss


class Yogi(Adam):
    yogi = True

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps)
