"""Right: torch.utils.data samplers draw the batches; nn.Linear is trained with the optimizer."""
import torch
from torch.utils.data import BatchSampler, RandomSampler


def minibatches(n, batch_size, generator):
    sampler = BatchSampler(RandomSampler(range(n), generator=generator), batch_size, drop_last=False)
    return [torch.tensor(batch, dtype=torch.int64) for batch in sampler]


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=0.0):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if params:
                directions = torch._foreach_add([p.grad for p in params], params, alpha=group["weight_decay"])
                torch._foreach_add_(params, directions, alpha=-group["lr"])
        return loss


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    net = torch.nn.utils.skip_init(torch.nn.Linear, X.shape[1], 1, dtype=X.dtype)
    torch.nn.init.zeros_(net.weight)
    torch.nn.init.zeros_(net.bias)
    optimizer = SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(num_epochs):
        for batch in minibatches(len(X), batch_size, generator):
            loss = torch.nn.functional.mse_loss(net(X[batch]).squeeze(1), y[batch]).mul(0.5)
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.detach())
            optimizer.step()
    return net.weight.detach().reshape(-1), net.bias.detach().reshape(()), torch.stack(losses)
