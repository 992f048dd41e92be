# mistake: the gradient is divided in place by the root, so x.grad is not as it was after the step.
# diagnosis: gradient-divided-in-place
import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if not lr >= 0:
            raise ValueError(f"lr is {lr}")
        super().__init__(params, dict(lr=lr, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                state["s"] = state.get("s", torch.zeros_like(p)) + p.grad.square()
                direction = p.grad
                direction /= (state["s"] + group["eps"]).sqrt()
                p.add_(direction, alpha=-group["lr"])
        return loss
