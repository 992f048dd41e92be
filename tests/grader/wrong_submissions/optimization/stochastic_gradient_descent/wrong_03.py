# mistake: the formulas are computed with float32 tensors and .item(), so they are right to 1e-7 only.
# diagnosis: rates-in-float32
import torch


def exponential_lr(t, lr0, decay):
    return (lr0 * torch.exp(torch.tensor(-decay * t))).item()


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return (lr0 * torch.tensor(1.0 + beta * t).pow(-alpha)).item()


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    x, t = x0.clone(), 0
    trajectory = [x0.clone()]
    for _ in range(num_epochs):
        for i in torch.randperm(n, generator=generator):
            x = x - schedule(t) * grad_i(x, i)
            t += 1
            trajectory.append(x.clone())
    return torch.stack(trajectory)
