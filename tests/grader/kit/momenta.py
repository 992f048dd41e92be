"""A right optimizer, and for each law one that breaks this law and no other."""

import torch
from torch.optim import Optimizer

from grader.kit import OptimizerRun, Regrouping, Training, Values

OPTIONS = {"lr": 0.1, "momentum": 0.5}


class Right(Optimizer):
    def __init__(self, params, lr=0.1, momentum=0.5):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for x in group["params"]:
                    if x.grad is not None:
                        self.move(x, group)
        return loss

    def velocity(self, x, group):
        self.state[x]["v"] = group["momentum"] * self.state[x].get("v", 0) + x.grad
        return self.state[x]["v"]

    def move(self, x, group):
        x -= group["lr"] * self.velocity(x, group)


class NewStorage(Right):
    def move(self, x, group):
        x.data = x - group["lr"] * self.velocity(x, group)


class OtherDtype(Right):
    def move(self, x, group):
        super().move(x, group)
        x.data = x.float()


class OtherShape(Right):
    def move(self, x, group):
        super().move(x, group)
        x.data = x[None]


class Overflowing(Right):
    becomes = float("inf")

    def move(self, x, group):
        super().move(x, group)
        steps = self.state[x]["steps"] = self.state[x].get("steps", 0) + 1
        if steps == 2:
            x[-1] = self.becomes


class Undefined(Overflowing):
    becomes = float("nan")


class Drifting(Right):
    """A missing gradient counts as 0."""

    def step(self, closure=None):
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is None and x in self.state:
                    x.data -= group["lr"] * self.state[x]["v"]
        return super().step(closure)


class Zeroing(Right):
    def move(self, x, group):
        super().move(x, group)
        x.grad *= 0


class Nudging(Right):
    def move(self, x, group):
        super().move(x, group)
        x.grad += 1e-12


class Giving(Right):
    def step(self, closure=None):
        for group in self.param_groups:
            for x in group["params"]:
                x.grad = torch.zeros_like(x) if x.grad is None else x.grad
        return super().step(closure)


class Growing(Right):
    @torch.enable_grad()
    def velocity(self, x, group):
        v = super().velocity(x, group)
        self.state[x]["average"] = self.state[x].get("average", 0) + x * x.grad
        return v.detach()


class Freezing(Right):
    def move(self, x, group):
        super().move(x, group)
        x.requires_grad_(False)


class Silent(Right):
    def step(self, closure=None):
        super().step(closure)


class Deaf(Right):
    def step(self, closure=None):
        super().step()
        return 0.0


class Twice(Right):
    def step(self, closure=None):
        loss = super().step(closure)
        with torch.enable_grad():
            closure()
        return loss


class WithoutGrad(Right):
    @torch.no_grad()
    def step(self, closure=None):
        loss = closure()
        super().step()
        return loss


class Doubled(Right):
    def step(self, closure=None):
        return 2 * super().step(closure)


class Late(Right):
    """Takes the step before it asks for the gradients of this one."""

    def step(self, closure=None):
        super().step()
        return closure and closure()


class OtherDefault(Right):
    def __init__(self, params, lr=0.1, momentum=0.9):
        super().__init__(params, lr, momentum)


class OtherName(Right):
    def __init__(self, params, lr=0.1, momentum=0.5):
        Optimizer.__init__(self, params, {"lr": lr, "beta": momentum})


class ListOption(Right):
    def __init__(self, params, lr=0.1, momentum=(0.5, 0.5)):
        super().__init__(params, lr, list(momentum))


class FirstGroupOnly(Right):
    def step(self, closure=None):
        groups, self.param_groups = self.param_groups, self.param_groups[:1]
        try:
            return super().step(closure)
        finally:
            self.param_groups = groups


class Forgetful(Right):
    """Its velocities are where `state_dict` does not look."""

    def velocity(self, x, group):
        own = self.__dict__.setdefault("own", {})
        own[x] = group["momentum"] * own.get(x, 0) + x.grad
        return own[x]


class OptionsOnce(Right):
    """Reads its options when it is made, and never again."""

    def velocity(self, x, group):
        return super().velocity(x, self.defaults)

    def move(self, x, group):
        x -= self.defaults["lr"] * self.velocity(x, group)


EVERY = [kind for kind in vars().values() if isinstance(kind, type) and issubclass(kind, Right)]


def gradients(seed, shapes):
    return tuple(None if shape is None else Values(shape, seed + k, nonzero=True) for k, shape in enumerate(shapes))


SHAPES = ((2,), (3, 2), (2,))
PARAMS = tuple(Values(shape, k, offset=10.0) for k, shape in enumerate(SHAPES))
STEPS = tuple(gradients(10 * step + 10, SHAPES) for step in range(4))
MISSING = (*STEPS[:2], gradients(30, (None, (3, 2), (2,))), STEPS[3])
"""The first parameter has no gradient in step 2."""

CASE = Training(OptimizerRun(PARAMS, STEPS), {"lr": 0.25, "momentum": 0.75})
GAPS = Training(OptimizerRun(PARAMS, MISSING), CASE.options)
GROUPS = Regrouping(CASE.run, CASE.options, ({"lr": 0.5}, {"momentum": 0.25}), ({"momentum": 0.0}, {"lr": 0.0}))
