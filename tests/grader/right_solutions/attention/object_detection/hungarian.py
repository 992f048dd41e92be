"""The Hungarian algorithm written out, without scipy; an ε in each denominator (no star for tiny boxes); einsum."""

import torch
from torch import nn
from torch.nn import functional as F

EPS = 1e-6


def box_cxcywh_to_xyxy(boxes):
    matrix = boxes.new_tensor([[1, 0, 1, 0], [0, 1, 0, 1], [-0.5, 0, 0.5, 0], [0, -0.5, 0, 0.5]])
    return boxes @ matrix


def _areas(boxes1, boxes2):
    x1, y1, x2, y2 = boxes1[:, :, None].unbind(1)
    u1, v1, u2, v2 = boxes2.T[:, None].unbind(0)
    inter = F.relu(torch.minimum(x2, u2) - torch.maximum(x1, u1)) * F.relu(torch.minimum(y2, v2) - torch.maximum(y1, v1))
    union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - inter
    hull = (torch.maximum(x2, u2) - torch.minimum(x1, u1)) * (torch.maximum(y2, v2) - torch.minimum(y1, v1))
    return inter, union, hull


def box_iou(boxes1, boxes2):
    inter, union, _ = _areas(boxes1, boxes2)
    return inter / (union + EPS)


def generalized_box_iou(boxes1, boxes2):
    inter, union, hull = _areas(boxes1, boxes2)
    return inter / (union + EPS) - (hull - union) / (hull + EPS)


def hungarian(cost):
    """Rows are assigned one by one along shortest augmenting paths; cost is a list of rows, not more than columns."""
    n, m = len(cost), len(cost[0])
    u, v, owner, way = [0.0] * (n + 1), [0.0] * (m + 1), [0] * (m + 1), [0] * (m + 1)
    for i in range(1, n + 1):
        owner[0], j0 = i, 0
        least, used = [float("inf")] * (m + 1), [False] * (m + 1)
        while True:
            used[j0] = True
            i0, delta, j1 = owner[j0], float("inf"), 0
            for j in range(1, m + 1):
                if not used[j]:
                    reduced = cost[i0 - 1][j - 1] - u[i0] - v[j]
                    if reduced < least[j]:
                        least[j], way[j] = reduced, j0
                    if least[j] < delta:
                        delta, j1 = least[j], j
            for j in range(m + 1):
                if used[j]:
                    u[owner[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
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
    with torch.no_grad():
        p = F.one_hot(target_classes, class_logits.shape[1]).to(class_logits.dtype) @ class_logits.softmax(1).T
        l1 = (target_boxes.unsqueeze(1) - boxes.unsqueeze(0)).abs().sum(2)
        giou = generalized_box_iou(box_cxcywh_to_xyxy(target_boxes), box_cxcywh_to_xyxy(boxes))
        cost = 5 * l1 - p - 2 * giou
    return torch.tensor(hungarian(cost.tolist())), torch.arange(len(target_boxes))


class Attention(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(d, d, bias=False))

    def forward(self, queries, memory):
        q = self.W_q(queries).unflatten(-1, (self.h, -1))
        k, v = (W(memory).unflatten(-1, (self.h, -1)) for W in (self.W_k, self.W_v))
        scores = torch.einsum("qhd,bnhd->bhqn", q, k) / torch.sqrt(torch.tensor(q.shape[-1]))
        return self.W_o(torch.einsum("bhqn,bnhd->bqhd", scores.softmax(-1), v).flatten(2))


class QueryDecoder(nn.Module):
    def __init__(self, num_queries, num_hiddens, num_heads, num_classes):
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(num_queries, num_hiddens))
        nn.init.xavier_uniform_(self.queries)
        self.attention = Attention(num_hiddens, num_heads)
        self.class_head, self.box_head = nn.Linear(num_hiddens, num_classes + 1), nn.Linear(num_hiddens, 4)

    def forward(self, memory):
        hiddens = self.attention(self.queries, memory)
        return [self.class_head(hiddens), torch.sigmoid(self.box_head(hiddens))]
