"""torch.optim.SGD itself, nn.Linear, nn.MSELoss and a DataLoader that shuffles by the generator."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def minibatches(n, batch_size, generator):
    return list(torch.randperm(n, generator=generator).split(batch_size))


class SGD(torch.optim.SGD):
    def __init__(self, params, lr, weight_decay=0.0):
        super().__init__(params, lr=lr, weight_decay=weight_decay)


def train_linear_regression(X, y, batch_size, lr, num_epochs, generator):
    net = nn.Linear(X.shape[1], 1).to(X.dtype)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    trainer, loss = torch.optim.SGD(net.parameters(), lr=lr), nn.MSELoss()
    data_iter = DataLoader(TensorDataset(X, y), batch_size, shuffle=True, generator=generator)
    losses = []
    for _ in range(num_epochs):
        for features, labels in data_iter:
            trainer.zero_grad()
            l = loss(net(features).squeeze(-1), labels) / 2
            l.backward()
            losses.append(l.detach())
            trainer.step()
    return net.weight.data[0], net.bias.data[0], torch.stack(losses)
