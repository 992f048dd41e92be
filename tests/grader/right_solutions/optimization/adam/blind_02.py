"""Written from the stub alone."""

# foreach; one counter per group, kept in the group (so it travels with the state_dict). No care for the star.
import torch


class _Base(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps):
        if lr < 0 or min(betas) < 0 or max(betas) >= 1:
            raise ValueError(f"out of range: {lr=}, {betas=}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, t=0))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            group["t"] += 1
            xs = [x for x in group["params"] if x.grad is not None]
            if xs:
                self._update(xs, [x.grad.detach() for x in xs], group)
        return loss

    @torch.no_grad()
    def _update(self, xs, gs, group):
        for x in xs:
            if "s" not in self.state[x]:
                self.state[x]["v"], self.state[x]["s"] = torch.zeros_like(x), torch.zeros_like(x)
        vs, ss = [self.state[x]["v"] for x in xs], [self.state[x]["s"] for x in xs]
        (beta1, beta2), t = group["betas"], group["t"]
        torch._foreach_mul_(vs, beta1)
        torch._foreach_add_(vs, gs, alpha=1 - beta1)
        self._second(ss, torch._foreach_mul(gs, gs), 1 - beta2)
        roots = torch._foreach_div(ss, 1 - beta2**t)
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_addcdiv_(xs, vs, roots, value=-group["lr"] / (1 - beta1**t))


class Adam(_Base):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)

    @staticmethod
    def _second(ss, g2s, share):
        torch._foreach_mul_(ss, 1 - share)
        torch._foreach_add_(ss, g2s, alpha=share)


class Yogi(_Base):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    @staticmethod
    def _second(ss, g2s, share):
        torch._foreach_addcmul_(ss, torch._foreach_sign(torch._foreach_sub(g2s, ss)), g2s, value=share)
