# mistake: t is an attribute, moved once per step: right by the book's convention, but a resumed run starts to count anew; the closure is ignored.
# diagnosis: counter-not-saved
import torch
class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0 or not all(0 <= b < 1 for b in betas): raise ValueError("bad")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))
        self.t = 0
    def update_s(self, s, g, b2):
        return b2 * s + (1 - b2) * g * g
    @torch.no_grad()
    def step(self, closure=None):
        self.t += 1
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for x in group["params"]:
                if x.grad is None: continue
                st = self.state[x]
                if not st:
                    st["v"] = torch.zeros_like(x); st["s"] = torch.zeros_like(x)
                st["v"] = b1 * st["v"] + (1 - b1) * x.grad
                st["s"] = self.update_s(st["s"], x.grad, b2)
                vh = st["v"] / (1 - b1 ** self.t)
                sh = st["s"] / (1 - b2 ** self.t)
                x -= group["lr"] * vh / (torch.sqrt(sh) + group["eps"])
class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)
    def update_s(self, s, g, b2):
        return s + (1 - b2) * torch.sign(g * g - s) * g * g
