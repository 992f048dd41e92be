"""One counter for all parameters (the book's convention), and whole lists of tensors at once."""

import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError(lr)
        if not (0 <= betas[0] < 1 and 0 <= betas[1] < 1):
            raise ValueError(betas)
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            group["step"] = group.get("step", 0) + 1
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            grads = [p.grad for p in params]
            for p in params:
                if p not in self.state:
                    self.state[p] = {"m": torch.zeros_like(p), "v": torch.zeros_like(p)}
            (b1, b2), t = group["betas"], group["step"]
            m, v = ([self.state[p][name] for p in params] for name in "mv")
            torch._foreach_lerp_(m, grads, 1 - b1)
            self._second(v, grads, b2)
            denom = torch._foreach_sqrt(torch._foreach_div(v, 1 - b2**t))
            torch._foreach_add_(denom, group["eps"])
            torch._foreach_addcdiv_(params, m, denom, value=-group["lr"] / (1 - b1**t))
        return loss

    def _second(self, v, grads, b2):
        torch._foreach_mul_(v, b2)
        torch._foreach_addcmul_(v, grads, grads, 1 - b2)


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def _second(self, v, grads, b2):
        for s, g in zip(v, grads):
            s.add_((g.square() - s).sign().mul_(g).mul_(g), alpha=1 - b2)
