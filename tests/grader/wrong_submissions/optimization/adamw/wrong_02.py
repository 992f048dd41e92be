# mistake: the group's counter is moved inside the loop over its parameters, so with two parameters in a group t grows by two per step.
# diagnosis: counter-moved-per-parameter
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0:
            raise ValueError("lr < 0")
        if not (0 <= betas[0] < 1 and 0 <= betas[1] < 1):
            raise ValueError("beta outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, (b1, b2), eps, wd = group["lr"], group["betas"], group["eps"], group["weight_decay"]
            group.setdefault("t", 0)
            for x in group["params"]:
                if x.grad is None:
                    continue
                st = self.state[x]
                if not st:
                    st["v"], st["s"] = torch.zeros_like(x), torch.zeros_like(x)
                group["t"] += 1
                st["v"].lerp_(x.grad, 1 - b1)
                st["s"].mul_(b2).addcmul_(x.grad, x.grad, value=1 - b2)
                denominator = (st["s"] / (1 - b2 ** group["t"])).sqrt().add_(eps)
                x.mul_(1 - lr * wd)
                x.addcdiv_(st["v"] / (1 - b1 ** group["t"]), denominator, value=-lr)
        return loss
