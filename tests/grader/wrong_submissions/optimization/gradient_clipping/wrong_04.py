# mistake: whether a gradient is scaled is asked of its own norm, not of the norm of all together, so gradients shorter than theta stay although the whole is too long.
# diagnosis: own-norm-decides
import torch


def clip_gradients(params, theta):
    grads = [p.grad.detach() for p in params if p.grad is not None]
    norms = [torch.linalg.vector_norm(g.double()) for g in grads]
    total = torch.sqrt(sum((n**2 for n in norms), torch.zeros((), dtype=torch.float64)))
    if not torch.isfinite(total):
        raise ValueError("gradients are not finite")
    for g, n in zip(grads, norms):
        if n > theta:
            g.mul_((theta / total).item())
    return total.item()
