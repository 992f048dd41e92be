"""Whole lists of tensors at once; the closure is called in the simplest way; state is made when a group is added."""

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if lr < 0:
            raise ValueError(lr)
        super().__init__(params, defaults={"lr": lr, "eps": eps})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            self.state[p]["squares"] = torch.zeros_like(p.data)

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        with torch.no_grad():
            for group in self.param_groups:
                params = [p for p in group["params"] if p.grad is not None]
                if params:
                    self._update(params, [p.grad for p in params], group["lr"], group["eps"])
        return loss

    def _update(self, params, grads, lr, eps):
        sums = [self.state[p]["squares"] for p in params]
        torch._foreach_addcmul_(sums, grads, grads)
        roots = torch._foreach_add(sums, eps)
        torch._foreach_sqrt_(roots)
        torch._foreach_addcdiv_(params, grads, roots, value=-lr)
