# mistake: ported from Keras' SGD: the learning rate is baked into the velocity (v <- beta*v - lr*g, x <- x + v), which differs as soon as lr changes between steps.
# diagnosis: rate-inside-the-velocity
import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0:
            raise ValueError(f"`learning_rate` must be >= 0, got {lr}")
        if momentum < 0 or momentum >= 1:
            raise ValueError(f"`momentum` must be in [0, 1), got {momentum}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    def build(self, variable):
        slot = self.state[variable]
        if "momentum_buffer" not in slot:
            slot["momentum_buffer"] = torch.zeros_like(variable)
        return slot["momentum_buffer"]

    def update_step(self, gradient, variable, group):
        learning_rate, momentum = group["lr"], group["momentum"]
        m = self.build(variable)
        m.copy_(m * momentum - gradient * learning_rate)
        if group["nesterov"]:
            variable.add_(m * momentum - gradient * learning_rate)
        else:
            variable.add_(m)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for variable in group["params"]:
                    if variable.grad is not None:
                        self.update_step(variable.grad, variable, group)
        return loss
