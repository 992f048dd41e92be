# mistake: the foreach version squares the list of gradients in place (torch._foreach_mul_(grads, grads)); after the step every x.grad holds g*g.
# diagnosis: gradients-squared-in-place
import torch


class _ForeachAdam(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0 <= betas[0] < 1:
            raise ValueError(f"Invalid beta parameter at index 0: {betas[0]}")
        if not 0 <= betas[1] < 1:
            raise ValueError(f"Invalid beta parameter at index 1: {betas[1]}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    def _second(self, ss, g2s, beta2):
        torch._foreach_mul_(ss, beta2)
        torch._foreach_add_(ss, g2s, alpha=1 - beta2)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            grads = [p.grad for p in params]
            for p in params:
                if "step" not in self.state[p]:
                    self.state[p].update(step=0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
                self.state[p]["step"] += 1
            beta1, beta2 = group["betas"]
            vs = [self.state[p]["exp_avg"] for p in params]
            ss = [self.state[p]["exp_avg_sq"] for p in params]
            torch._foreach_mul_(vs, beta1)
            torch._foreach_add_(vs, grads, alpha=1 - beta1)
            torch._foreach_mul_(grads, grads)
            self._second(ss, grads, beta2)
            v_hat = torch._foreach_div(vs, [1 - beta1 ** self.state[p]["step"] for p in params])
            s_hat = torch._foreach_div(ss, [1 - beta2 ** self.state[p]["step"] for p in params])
            torch._foreach_sqrt_(s_hat)
            torch._foreach_add_(s_hat, group["eps"])
            torch._foreach_addcdiv_(params, v_hat, s_hat, value=-group["lr"])
        return loss


class Adam(_ForeachAdam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)


class Yogi(_ForeachAdam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def _second(self, ss, g2s, beta2):
        signs = torch._foreach_sign(torch._foreach_sub(g2s, ss))
        torch._foreach_addcmul_(ss, signs, g2s, value=1 - beta2)
