# mistake: the step count is a float32 tensor (as in PyTorch's own Adam) and 1 - beta**step is computed from it in float32; with float64 parameters the bias correction has only 4 to 7 digits.
# diagnosis:
from typing import cast

import torch
from torch import Tensor


def _single_tensor(params, grads, exp_avgs, exp_avg_sqs, state_steps, *, beta1, beta2, lr, eps, yogi):
    for i, param in enumerate(params):
        grad, exp_avg, exp_avg_sq, step_t = grads[i], exp_avgs[i], exp_avg_sqs[i], state_steps[i]
        step_t += 1
        exp_avg.lerp_(grad, 1 - beta1)
        if yogi:
            sq = grad.square()
            exp_avg_sq.addcmul_((sq - exp_avg_sq).sign_(), sq, value=1 - beta2)
        else:
            exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        bias_correction1 = 1 - beta1**step_t
        bias_correction2 = 1 - beta2**step_t
        denom = (exp_avg_sq.sqrt() / bias_correction2.sqrt()).add_(eps)
        param.sub_(lr / bias_correction1 * exp_avg / denom)


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, *, yogi=False):
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not (0.0 <= betas[0] < 1.0 and 0.0 <= betas[1] < 1.0):
            raise ValueError(f"Invalid betas: {betas}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, yogi=yogi))

    def _init_group(self, group):
        params = [p for p in group["params"] if p.grad is not None]
        for p in params:
            state = self.state[p]
            if len(state) == 0:
                state["step"] = torch.tensor(0.0, dtype=torch.float32)
                state["exp_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                state["exp_avg_sq"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        pick = lambda key: [cast(Tensor, self.state[p][key]) for p in params]  # noqa: E731
        return params, [p.grad for p in params], pick("exp_avg"), pick("exp_avg_sq"), pick("step")

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            _single_tensor(
                *self._init_group(group), beta1=beta1, beta2=beta2, lr=group["lr"], eps=group["eps"], yogi=group["yogi"]
            )
        return loss


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps, yogi=True)
