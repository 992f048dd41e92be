# mistake: t is an attribute of the optimizer (self.t) and not part of the state_dict: a resumed optimizer has the old averages but corrects them as if at step 1.
# diagnosis: counter-not-saved
import torch


def adam_s(s, g2, beta2):
    s.mul_(beta2).add_(g2, alpha=1 - beta2)


def yogi_s(s, g2, beta2):
    s.add_(torch.sign(g2 - s).mul_(g2), alpha=1 - beta2)


class _Adaptive(torch.optim.Optimizer):
    moment = None

    def __init__(self, params, lr, betas, eps):
        if lr < 0:
            raise ValueError(f"lr < 0: {lr}")
        if any(b < 0 or b >= 1 for b in betas):
            raise ValueError(f"betas not in [0, 1): {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})
        self.t = 0

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self.t += 1
        for group in self.param_groups:
            b1, b2 = group["betas"]
            c1, c2 = 1 - b1**self.t, 1 - b2**self.t
            for p in group["params"]:
                if p.grad is None:
                    continue
                st = self.state[p]
                if not st:
                    st["v"], st["s"] = torch.zeros_like(p), torch.zeros_like(p)
                st["v"].mul_(b1).add_(p.grad, alpha=1 - b1)
                type(self).moment(st["s"], p.grad * p.grad, b2)
                p.addcdiv_(st["v"] / c1, (st["s"] / c2).sqrt_().add_(group["eps"]), value=-group["lr"])
        return loss


class Adam(_Adaptive):
    moment = staticmethod(adam_s)

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)


class Yogi(_Adaptive):
    moment = staticmethod(yogi_s)

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)
