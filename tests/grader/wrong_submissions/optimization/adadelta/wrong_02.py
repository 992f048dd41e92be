# mistake: for s the eps stands outside the root (as in RMSprop), only for the steps it stands inside.
# diagnosis: eps-outside-the-roots
import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if lr < 0 or rho < 0 or rho >= 1:
            raise ValueError("lr or rho out of range")
        super().__init__(params, {"rho": rho, "eps": eps, "lr": lr})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        with torch.no_grad():
            for group in self.param_groups:
                rho, eps = group["rho"], group["eps"]
                for x in group["params"]:
                    g = x.grad
                    if g is None:
                        continue
                    st = self.state[x]
                    s = st.get("s", torch.zeros_like(x))
                    d = st.get("d", torch.zeros_like(x))
                    s = rho * s + (1 - rho) * g**2
                    rescaled = torch.sqrt(d + eps) / (torch.sqrt(s) + eps) * g
                    x -= group["lr"] * rescaled
                    st["s"], st["d"] = s, rho * d + (1 - rho) * rescaled**2
        return value
