# mistake: Yogi as in the paper's pseudo code, without bias correction of s (only v is corrected); Adam is right.
# diagnosis: yogi-s-uncorrected
import torch


class Adam(torch.optim.Optimizer):
    # Kingma & Ba, Algorithm 1
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0 or min(betas) < 0 or max(betas) >= 1:
            raise ValueError
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def _gradients(self):
        for group in self.param_groups:
            for theta in group["params"]:
                if theta.grad is not None:
                    state = self.state[theta]
                    if not state:
                        state["m_t"] = torch.zeros_like(theta)
                        state["v_t"] = torch.zeros_like(theta)
                        state["t"] = 0
                    yield theta, theta.grad, state, group["lr"], *group["betas"], group["eps"]

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for theta, g_t, state, alpha, beta_1, beta_2, eps in self._gradients():
            state["t"] += 1
            t = state["t"]
            m_t = state["m_t"] = beta_1 * state["m_t"] + (1 - beta_1) * g_t
            v_t = state["v_t"] = beta_2 * state["v_t"] + (1 - beta_2) * g_t * g_t
            m_hat = m_t / (1 - beta_1**t)
            v_hat = v_t / (1 - beta_2**t)
            theta -= alpha * m_hat / (v_hat.sqrt() + eps)
        return loss


class Yogi(Adam):
    # Zaheer et al., Algorithm 2
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for theta, g_t, state, eta, beta_1, beta_2, eps in self._gradients():
            state["t"] += 1
            m_t = state["m_t"] = beta_1 * state["m_t"] + (1 - beta_1) * g_t
            v_t = state["v_t"] = state["v_t"] - (1 - beta_2) * torch.sign(state["v_t"] - g_t**2) * g_t**2
            theta -= eta * (m_t / (1 - beta_1 ** state["t"])) / (v_t.sqrt() + eps)
        return loss
