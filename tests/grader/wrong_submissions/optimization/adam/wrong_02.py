# mistake: Keras-style "efficient" form, alpha = lr*sqrt(1-b2^t)/(1-b1^t), x -= alpha*m/(sqrt(v)+eps): eps is added to the uncorrected root (the paper's epsilon-hat), noticeable for small gradients/large eps.
# diagnosis: eps-before-correction
import math

import torch


class _Base(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps):
        beta_1, beta_2 = betas
        if lr < 0.0:
            raise ValueError(f"learning_rate={lr}")
        for b in (beta_1, beta_2):
            if not 0.0 <= b < 1.0:
                raise ValueError(f"beta={b}")
        super().__init__(params, {"lr": lr, "betas": (beta_1, beta_2), "eps": eps})

    def build(self, variable):
        if variable not in self.state or not self.state[variable]:
            self.state[variable].update(
                iterations=0, momentum=torch.zeros_like(variable), velocity=torch.zeros_like(variable)
            )
        return self.state[variable]

    def assign_velocity(self, v, gradient, beta_2):
        raise NotImplementedError

    def update_step(self, gradient, variable, learning_rate, beta_1, beta_2, epsilon):
        slots = self.build(variable)
        slots["iterations"] += 1
        local_step = slots["iterations"]
        beta_1_power = beta_1**local_step
        beta_2_power = beta_2**local_step
        m, v = slots["momentum"], slots["velocity"]
        alpha = learning_rate * math.sqrt(1 - beta_2_power) / (1 - beta_1_power)
        m.add_((gradient - m) * (1 - beta_1))
        self.assign_velocity(v, gradient, beta_2)
        variable.sub_((m * alpha) / (v.sqrt() + epsilon))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for variable in group["params"]:
                if variable.grad is not None:
                    self.update_step(variable.grad, variable, group["lr"], *group["betas"], group["eps"])
        return loss


class Adam(_Base):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)

    def assign_velocity(self, v, gradient, beta_2):
        v.add_((gradient.square() - v) * (1 - beta_2))


class Yogi(_Base):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def assign_velocity(self, v, gradient, beta_2):
        sq = gradient.square()
        v.add_(torch.sign(sq - v) * sq * (1 - beta_2))
