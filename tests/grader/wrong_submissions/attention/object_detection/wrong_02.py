# mistake: "no object" is cut off before the softmax, so p is a softmax over c classes, not over all c+1
# diagnosis: no-object-left-out
import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn


def box_cxcywh_to_xyxy(boxes: Tensor) -> Tensor:
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def _areas(boxes1: Tensor, boxes2: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    a, b = boxes1.unsqueeze(1), boxes2.unsqueeze(0)
    wh = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    inter = wh[..., 0] * wh[..., 1]
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - inter
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    return inter, union, hull


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    inter, union, _ = _areas(boxes1, boxes2)
    return inter / union


def generalized_box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    inter, union, hull = _areas(boxes1, boxes2)
    return inter / union - (hull - union) / hull


def match(class_logits: Tensor, boxes: Tensor, target_classes: Tensor, target_boxes: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        probabilities = class_logits[:, :-1].softmax(dim=-1)  # a target is never "no object"
        cost_class = -probabilities[:, target_classes]
        cost_l1 = (boxes[:, None] - target_boxes[None]).abs().sum(-1)
        cost_giou = -generalized_box_iou(box_cxcywh_to_xyxy(boxes), box_cxcywh_to_xyxy(target_boxes))
        cost = cost_class + 5 * cost_l1 + 2 * cost_giou
    rows, columns = linear_sum_assignment(cost.numpy())
    order = np.argsort(columns)
    return torch.from_numpy(rows[order]).long(), torch.from_numpy(columns[order]).long()


class Attention(nn.Module):
    def __init__(self, d: int, heads: int):
        super().__init__()
        self.heads = heads
        self.W_q = nn.Linear(d, d, bias=False)
        self.W_k = nn.Linear(d, d, bias=False)
        self.W_v = nn.Linear(d, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        q, k, v = (
            x.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for x in (self.W_q(queries), self.W_k(memory), self.W_v(memory))
        )
        weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1)
        return self.W_o((weights @ v).transpose(1, 2).flatten(2))


class QueryDecoder(nn.Module):
    def __init__(self, num_queries: int, num_hiddens: int, num_heads: int, num_classes: int):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(num_queries, num_hiddens) / math.sqrt(num_hiddens))
        self.attention = Attention(num_hiddens, num_heads)
        self.class_head = nn.Linear(num_hiddens, num_classes + 1)
        self.box_head = nn.Linear(num_hiddens, 4)

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        out = self.attention(self.queries.expand(len(memory), -1, -1), memory)
        return self.class_head(out), torch.sigmoid(self.box_head(out))
