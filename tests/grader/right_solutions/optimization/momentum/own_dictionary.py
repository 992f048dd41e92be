"""A dictionary of velocities keyed by parameter, which is carried through state_dict by hand; p.data throughout."""

import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if not lr >= 0.0:
            raise ValueError("lr must be >= 0")
        if momentum < 0.0 or momentum >= 1.0:
            raise ValueError("momentum must be in [0, 1)")
        self.velocity = {}
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    def step(self, closure=None):
        value = None
        if closure:
            value = closure().item()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if p not in self.velocity:
                        self.velocity[p] = p.grad.data.clone()
                    else:
                        self.velocity[p] = self.velocity[p] * group["momentum"] + p.grad.data
                    if group["nesterov"]:
                        p.data -= group["lr"] * (p.grad.data + group["momentum"] * self.velocity[p])
                    else:
                        p.data -= group["lr"] * self.velocity[p]
        return value

    def _all(self):
        return [p for group in self.param_groups for p in group["params"]]

    def state_dict(self):
        saved = super().state_dict()
        saved["velocity"] = [self.velocity.get(p) for p in self._all()]
        return saved

    def load_state_dict(self, saved):
        velocities = saved["velocity"]
        super().load_state_dict({"state": saved["state"], "param_groups": saved["param_groups"]})
        self.velocity = {p: v.clone() for p, v in zip(self._all(), velocities) if v is not None}
