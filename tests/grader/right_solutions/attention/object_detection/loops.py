"""Pair by pair and image by image; all assignments are tried (no star for many queries); an attention written out."""

import itertools
import math

import torch
from torch import nn


def box_cxcywh_to_xyxy(boxes):
    out = torch.empty_like(boxes)
    for axis in (0, 1):
        out[..., axis] = boxes[..., axis] - boxes[..., axis + 2] / 2
        out[..., axis + 2] = boxes[..., axis] + boxes[..., axis + 2] / 2
    return out


def measures(a, b):
    zero = a.new_zeros(())
    width = torch.max(zero, torch.min(a[2], b[2]) - torch.max(a[0], b[0]))
    height = torch.max(zero, torch.min(a[3], b[3]) - torch.max(a[1], b[1]))
    shared = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    hull = (torch.max(a[2], b[2]) - torch.min(a[0], b[0])) * (torch.max(a[3], b[3]) - torch.min(a[1], b[1]))
    return shared, union, hull


def box_iou(boxes1, boxes2):
    return torch.stack([torch.stack([(m := measures(a, b))[0] / m[1] for b in boxes2]) for a in boxes1])


def generalized_box_iou(boxes1, boxes2):
    table = []
    for a in boxes1:
        row = []
        for b in boxes2:
            shared, union, hull = measures(a, b)
            row.append(shared / union - 1 + union / hull)
        table.append(torch.stack(row))
    return torch.stack(table)


def match(class_logits, boxes, target_classes, target_boxes):
    q, t = len(boxes), len(target_boxes)
    p = torch.softmax(class_logits.detach(), dim=1)
    giou = generalized_box_iou(box_cxcywh_to_xyxy(boxes.detach()), box_cxcywh_to_xyxy(target_boxes)).tolist()
    cost = [[0.0] * t for _ in range(q)]
    for i in range(q):
        for j in range(t):
            l1 = sum(abs(x - y) for x, y in zip(boxes[i].tolist(), target_boxes[j].tolist()))
            cost[i][j] = -float(p[i, target_classes[j]]) + 5 * l1 - 2 * giou[i][j]
    best = min(itertools.permutations(range(q), t), key=lambda chosen: sum(cost[i][j] for j, i in enumerate(chosen)))
    return torch.tensor(best), torch.arange(t)


class Attention(nn.Module):
    def __init__(self, d, num_heads):
        super().__init__()
        self.num_heads = num_heads
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, queries, memory):
        heads = []
        width = queries.shape[1] // self.num_heads
        for j in range(self.num_heads):
            part = slice(j * width, (j + 1) * width)
            q, k, v = self.W_q(queries)[:, part], self.W_k(memory)[:, part], self.W_v(memory)[:, part]
            heads.append(torch.softmax(q @ k.T / math.sqrt(width), dim=1) @ v)
        return self.W_o(torch.cat(heads, dim=1))


class QueryDecoder(nn.Module):
    def __init__(self, num_queries, num_hiddens, num_heads, num_classes):
        super().__init__()
        self.box_head = nn.Linear(num_hiddens, 4)
        self.class_head = nn.Linear(num_hiddens, 1 + num_classes)
        self.attention = Attention(num_hiddens, num_heads)
        self.queries = nn.Parameter(torch.empty(num_queries, num_hiddens).normal_())

    def forward(self, memory):
        found = torch.stack([self.attention(self.queries, image) for image in memory])
        return self.class_head(found), 1 / (1 + torch.exp(-self.box_head(found)))
