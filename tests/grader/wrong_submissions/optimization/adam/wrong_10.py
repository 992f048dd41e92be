# mistake: the bias correction is done in place on the stored averages (v /= 1 - b1**t, s /= 1 - b2**t), so from the second step on the already corrected averages are averaged and corrected again.
# diagnosis: corrected-once-more
import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        # 检查超参数
        if lr < 0:
            raise ValueError("学习率不能为负")
        for b in betas:
            if b < 0 or b >= 1:
                raise ValueError("beta必须在[0, 1)内")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self, closure=None):
        loss = None if closure is None else closure()
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                st = self.state[p]
                if "t" not in st:
                    st["t"] = 0
                    st["v"] = torch.zeros_like(p.data)
                    st["s"] = torch.zeros_like(p.data)
                st["t"] += 1
                v, s, t = st["v"], st["s"], st["t"]
                with torch.no_grad():
                    # 一阶矩和二阶矩
                    v *= b1
                    v += (1 - b1) * p.grad
                    self.update_s(s, p.grad, b2)
                    # 偏差修正
                    v /= 1 - b1**t
                    s /= 1 - b2**t
                    p -= group["lr"] * v / (s.sqrt() + group["eps"])
        return loss

    def update_s(self, s, g, b2):
        s *= b2
        s += (1 - b2) * g**2


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update_s(self, s, g, b2):
        s += (1 - b2) * torch.sign(g**2 - s) * g**2
