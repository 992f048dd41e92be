"""The book's functions (d2l 0.17.6), wrapped: options come from the group, and zeroing the gradients is left to zero_grad."""

import torch
def init_adam_states(params):
    return [(torch.zeros_like(p), torch.zeros_like(p)) for p in params]

def adam(params, states, hyperparams):
    (beta1, beta2), eps = hyperparams['betas'], hyperparams['eps']
    for p, (v, s) in zip(params, states):
        with torch.no_grad():
            v[:] = beta1 * v + (1 - beta1) * p.grad
            s[:] = beta2 * s + (1 - beta2) * torch.square(p.grad)
            v_bias_corr = v / (1 - beta1 ** hyperparams['t'])
            s_bias_corr = s / (1 - beta2 ** hyperparams['t'])
            p[:] -= hyperparams['lr'] * v_bias_corr / (torch.sqrt(s_bias_corr) + eps)
    hyperparams['t'] += 1

def yogi(params, states, hyperparams):
    (beta1, beta2), eps = hyperparams['betas'], hyperparams['eps']
    for p, (v, s) in zip(params, states):
        with torch.no_grad():
            v[:] = beta1 * v + (1 - beta1) * p.grad
            s[:] = s + (1 - beta2) * torch.sign(
                torch.square(p.grad) - s) * torch.square(p.grad)
            v_bias_corr = v / (1 - beta1 ** hyperparams['t'])
            s_bias_corr = s / (1 - beta2 ** hyperparams['t'])
            p[:] -= hyperparams['lr'] * v_bias_corr / (torch.sqrt(s_bias_corr)
                                                       + eps)
    hyperparams['t'] += 1


class _FromTheBook(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps):
        if lr < 0 or min(betas) < 0 or max(betas) >= 1:
            raise ValueError(f"bad hyper-parameters: lr={lr}, betas={betas}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, t=1))

    def add_param_group(self, group):
        super().add_param_group(group)
        params = self.param_groups[-1]['params']
        for p, states in zip(params, init_adam_states(params)):
            self.state[p]['states'] = states

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            params = [p for p in group['params'] if p.grad is not None]
            self.update(params, [self.state[p]['states'] for p in params], group)
        return loss


class Adam(_FromTheBook):
    update = staticmethod(adam)

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)


class Yogi(_FromTheBook):
    update = staticmethod(yogi)

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)
