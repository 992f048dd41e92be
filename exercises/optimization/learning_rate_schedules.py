"""Learning rate schedules (《动手学深度学习》 11.11 学习率调度器).

A large learning rate gets far, a small one settles down: let it depend on t, the number of updates made so far. A scheduler
is an object that is called with t and returns the rate η of the next update:

    t = 0, 1, 2, … ──> scheduler(t) ──> η          for group in optimizer.param_groups: group["lr"] = scheduler(t)

    SquareRootScheduler     lr · (t + 1)^(−1/2)
    FactorScheduler         max(stop_factor_lr, base_lr · factorᵗ)
    MultiFactorScheduler    base_lr · factor^(how many milestones are ≤ t)
    CosineScheduler         a line up to base_lr, then half a cosine wave down to final_lr:

        base_lr          /‾‾\\_
                        /      \\                  t < warmup_steps   warmup_begin_lr + (base_lr − warmup_begin_lr) · t/warmup_steps
                       /        \\                 t ≤ max_update     final_lr + (base_lr − final_lr) · (1 + cos(π·s))/2
        warmup_begin_lr          \\_                                  s = (t − warmup_steps)/(max_update − warmup_steps)
        final_lr                   ‾‾‾‾‾          beyond             final_lr
                      0   │       max_update
                          warmup_steps

The constructors are given; write the four `__call__`. What is graded:

- The formulas, asked for t = 0, 1, 2, … in order, and the defaults of the constructors. Results agree to 1e-9.
- The warm-up ends where the cosine begins: at t = warmup_steps the rate is base_lr. warmup_steps < max_update.
- FactorScheduler may start at base_lr, as above, or one step on: the book's multiplies by factor first and returns then, so
  that its t-th answer is max(stop_factor_lr, base_lr · factorᵗ⁺¹). Either is right. 0 < factor ≤ 1, stop_factor_lr < base_lr.
- FactorScheduler may count its own calls, as the book's does. The others depend on t alone: a run that is resumed asks for
  t = 1000 first. (CosineScheduler beyond max_update: see the star.)
- `milestones` is a list of increasing integers ≥ 1, which stays as it was; it may be empty.
- What comes back is a plain Python number. Use math, which gives one, or float(…) if you use torch or numpy.

Try it by hand:

    >>> [SquareRootScheduler(lr=0.6)(t) for t in (0, 3, 15)]
    [0.6, 0.3, 0.15]
    >>> scheduler = MultiFactorScheduler(milestones=[2, 3], factor=0.5, base_lr=0.8)
    >>> [scheduler(t) for t in range(5)]
    [0.8, 0.8, 0.4, 0.2, 0.2]
    >>> scheduler = CosineScheduler(max_update=6, base_lr=0.5, final_lr=0.25, warmup_steps=2, warmup_begin_lr=0.25)
    >>> [scheduler(t) for t in (0, 1, 2, 4, 6, 7)]
    [0.25, 0.375, 0.5, 0.375, 0.25, 0.25]

★ For two stars (no points): CosineScheduler gives final_lr beyond max_update whatever it was asked before, even if nothing.
And it can be all warm-up: warmup_steps == max_update raises nothing at any t (what it gives at t = max_update is up to you).
"""


class SquareRootScheduler:
    """Falls like 1/√(t + 1)."""

    def __init__(self, lr: float = 0.1) -> None:
        """The rate at t = 0."""
        self.lr = lr

    def __call__(self, t: int) -> float:
        """The learning rate after t updates.

        Args:
            t: how many updates have been made, 0 or more.

        Returns:
            lr · (t + 1)^(−1/2).
        """
        raise NotImplementedError


class FactorScheduler:
    """Shrinks by the same factor at every update, down to a floor."""

    def __init__(self, factor: float = 1, stop_factor_lr: float = 1e-7, base_lr: float = 0.1) -> None:
        """The factor of each update, the floor, the rate to begin with."""
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr

    def __call__(self, t: int) -> float:
        """The learning rate after t updates.

        Args:
            t: how many updates have been made; asked in order 0, 1, 2, ….

        Returns:
            base_lr · factorᵗ, or base_lr · factorᵗ⁺¹ throughout; never below stop_factor_lr.
        """
        raise NotImplementedError


class MultiFactorScheduler:
    """Piecewise constant: shrinks at milestones."""

    def __init__(self, milestones: list[int], factor: float, base_lr: float) -> None:
        """After how many updates the rate shrinks, by which factor, and the rate to begin with."""
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t: int) -> float:
        """The learning rate after t updates.

        Args:
            t: how many updates have been made, 0 or more.

        Returns:
            base_lr · factor^(how many milestones are ≤ t).
        """
        raise NotImplementedError


class CosineScheduler:
    """A linear warm-up, then half a cosine wave down."""

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
    ) -> None:
        """When the rate arrives at `final_lr`; the largest rate; the last; how long the warm-up is, and where it begins."""
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t: int) -> float:
        """The learning rate after t updates.

        Args:
            t: how many updates have been made, 0 or more.

        Returns:
            The rate on the line, on the cosine, or final_lr.
        """
        raise NotImplementedError
