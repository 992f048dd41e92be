"""torch.optim.RMSprop itself, thinly adapted: γ is called alpha there. (A group's own gamma, a star, has no effect.)"""

import torch


class RMSprop(torch.optim.RMSprop):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if not 0 <= gamma < 1:
            raise ValueError(f"Invalid gamma: {gamma}")
        super().__init__(params, lr=lr, alpha=gamma, eps=eps)
