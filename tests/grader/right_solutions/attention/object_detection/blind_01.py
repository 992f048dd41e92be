"""Right: scalar formulas per coordinate, a Hungarian algorithm written by hand, own attention with one head after the other."""

import math

import torch
from torch import nn


def box_cxcywh_to_xyxy(boxes):
    change = boxes.new_tensor([[1, 0, -0.5, 0], [0, 1, 0, -0.5], [1, 0, 0.5, 0], [0, 1, 0, 0.5]])
    return torch.einsum("...i,ji->...j", boxes, change)


def _overlap(boxes1, boxes2):
    ax1, ay1, ax2, ay2 = (x[:, None] for x in boxes1.unbind(1))
    bx1, by1, bx2, by2 = (x[None, :] for x in boxes2.unbind(1))
    width = torch.relu(torch.minimum(ax2, bx2) - torch.maximum(ax1, bx1))
    height = torch.relu(torch.minimum(ay2, by2) - torch.maximum(ay1, by1))
    inter = width * height
    union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - inter
    hull = (torch.maximum(ax2, bx2) - torch.minimum(ax1, bx1)) * (torch.maximum(ay2, by2) - torch.minimum(ay1, by1))
    return inter / union, union / hull


def box_iou(boxes1, boxes2):
    return _overlap(boxes1, boxes2)[0]


def generalized_box_iou(boxes1, boxes2):
    iou, filled = _overlap(boxes1, boxes2)
    return iou - (1 - filled)


def _assign(cost):
    """Hungarian algorithm with potentials: rows are targets, columns are queries, and no more rows than columns."""
    n, m = len(cost), len(cost[0])
    u, v = [0.0] * (n + 1), [0.0] * (m + 1)
    owner, way = [0] * (m + 1), [0] * (m + 1)
    for i in range(1, n + 1):
        owner[0] = i
        j0 = 0
        slack = [math.inf] * (m + 1)
        used = [False] * (m + 1)
        while True:
            used[j0] = True
            i0, delta, j1 = owner[j0], math.inf, 0
            for j in range(1, m + 1):
                if not used[j]:
                    reduced = cost[i0 - 1][j - 1] - u[i0] - v[j]
                    if reduced < slack[j]:
                        slack[j], way[j] = reduced, j0
                    if slack[j] < delta:
                        delta, j1 = slack[j], j
            for j in range(m + 1):
                if used[j]:
                    u[owner[j]] += delta
                    v[j] -= delta
                else:
                    slack[j] -= delta
            j0 = j1
            if owner[j0] == 0:
                break
        while j0:
            owner[j0] = owner[way[j0]]
            j0 = way[j0]
    chosen = [0] * n
    for j in range(1, m + 1):
        if owner[j]:
            chosen[owner[j] - 1] = j - 1
    return chosen


def match(class_logits, boxes, target_classes, target_boxes):
    log_p = class_logits.detach().log_softmax(dim=1)
    boxes, target_boxes = boxes.detach(), target_boxes.detach()
    rows = []
    for k, target in enumerate(target_boxes):
        l1 = (boxes - target).abs().sum(dim=1)
        giou = generalized_box_iou(box_cxcywh_to_xyxy(boxes), box_cxcywh_to_xyxy(target[None]))[:, 0]
        rows.append((5 * l1 - 2 * giou - log_p[:, target_classes[k]].exp()).tolist())
    return torch.tensor(_assign(rows)), torch.arange(len(rows))


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.W_q = nn.Linear(d, d, bias=False)
        self.W_k = nn.Linear(d, d, bias=False)
        self.W_v = nn.Linear(d, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)

    def forward(self, queries, memory):
        parts = []
        all_q, all_k, all_v = self.W_q(queries), self.W_k(memory), self.W_v(memory)
        width = all_q.shape[-1] // self.heads
        for i in range(self.heads):
            head = slice(i * width, (i + 1) * width)
            scores = torch.einsum("qd,bnd->bqn", all_q[:, head], all_k[..., head]) / math.sqrt(width)
            parts.append(scores.softmax(dim=2) @ all_v[..., head])
        return self.W_o(torch.cat(parts, dim=-1))


class QueryDecoder(nn.Module):
    def __init__(self, num_queries, num_hiddens, num_heads, num_classes):
        super().__init__()
        self.queries = nn.Parameter(torch.empty(num_queries, num_hiddens))
        nn.init.xavier_uniform_(self.queries)
        self.attention = Attention(num_hiddens, num_heads)
        self.class_head = nn.Linear(num_hiddens, num_classes + 1)
        self.box_head = nn.Linear(num_hiddens, 4)

    def forward(self, memory):
        found = self.attention(self.queries, memory)
        return self.class_head(found), self.box_head(found).sigmoid()
