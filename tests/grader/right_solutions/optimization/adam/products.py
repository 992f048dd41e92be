"""The powers of beta are kept as running products, one pair for each parameter; Yogi by masks."""

import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        for beta in betas:
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta: {beta}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    def second_moment(self, v, square, beta2):
        v.mul_(beta2).add_(square, alpha=1 - beta2)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["m"], state["v"] = torch.zeros_like(p), torch.zeros_like(p)
                    state["product1"] = state["product2"] = 1.0
                state["product1"] *= beta1
                state["product2"] *= beta2
                state["m"].mul_(beta1).add_(p.grad, alpha=1 - beta1)
                self.second_moment(state["v"], p.grad * p.grad, beta2)
                denominator = (state["v"] / (1 - state["product2"])).sqrt_().add_(group["eps"])
                p.addcdiv_(state["m"], denominator, value=-group["lr"] / (1 - state["product1"]))
        return loss


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def second_moment(self, v, square, beta2):
        above, below = square > v, square < v
        v[above] += (1 - beta2) * square[above]
        v[below] -= (1 - beta2) * square[below]
