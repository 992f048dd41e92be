"""Boxes, matching and decoder of a detection transformer: the reference."""

import torch
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from exercises.attention.multi_head_attention import MultiHeadAttention


def box_cxcywh_to_xyxy(boxes: Float[Tensor, "... 4"]) -> Float[Tensor, "... 4"]:
    center, size = boxes[..., :2], boxes[..., 2:]  # (..., 2), (..., 2)
    return torch.cat([center - size / 2, center + size / 2], dim=-1)  # (..., 4)


def _area(upper_left: Float[Tensor, "... 2"], lower_right: Float[Tensor, "... 2"]) -> Float[Tensor, "..."]:
    width, height = (lower_right - upper_left).clamp(min=0).unbind(dim=-1)  # (...), 0 where there is nothing in between
    return width * height  # (...)


def _intersection_and_union(
    boxes1: Float[Tensor, "n 1 4"], boxes2: Float[Tensor, "m 4"]
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    upper_left = torch.maximum(boxes1[..., :2], boxes2[..., :2])  # (n, m, 2)
    lower_right = torch.minimum(boxes1[..., 2:], boxes2[..., 2:])  # (n, m, 2)
    intersection = _area(upper_left, lower_right)  # (n, m)
    areas1, areas2 = (_area(boxes[..., :2], boxes[..., 2:]) for boxes in (boxes1, boxes2))  # (n, 1), (m,)
    return intersection, areas1 + areas2 - intersection  # (n, m), (n, m)


def box_iou(boxes1: Float[Tensor, "n 4"], boxes2: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    intersection, union = _intersection_and_union(boxes1[:, None], boxes2)  # (n, m), (n, m)
    return intersection / union  # (n, m)


def generalized_box_iou(boxes1: Float[Tensor, "n 4"], boxes2: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    boxes1 = boxes1[:, None]  # (n, 1, 4)
    intersection, union = _intersection_and_union(boxes1, boxes2)  # (n, m), (n, m)
    upper_left = torch.minimum(boxes1[..., :2], boxes2[..., :2])  # (n, m, 2)
    lower_right = torch.maximum(boxes1[..., 2:], boxes2[..., 2:])  # (n, m, 2)
    hull = _area(upper_left, lower_right)  # (n, m)
    return intersection / union - (hull - union) / hull  # (n, m)


@torch.no_grad()
def match(
    class_logits: Float[Tensor, "q c+1"],
    boxes: Float[Tensor, "q 4"],
    target_classes: Int[Tensor, " t"],
    target_boxes: Float[Tensor, "t 4"],
) -> tuple[Int[Tensor, " t"], Int[Tensor, " t"]]:
    p = class_logits.softmax(dim=-1)[:, target_classes]  # (q, t)
    l1 = torch.cdist(boxes, target_boxes, p=1)  # (q, t)
    giou = generalized_box_iou(box_cxcywh_to_xyxy(boxes), box_cxcywh_to_xyxy(target_boxes))  # (q, t)
    cost = -p + 5 * l1 - 2 * giou  # (q, t)
    targets, queries = linear_sum_assignment(cost.T)  # (t,), (t,): a row for each target, so targets = 0 .. t-1
    return torch.tensor(queries), torch.tensor(targets)  # (t,), (t,)


class QueryDecoder(nn.Module):
    def __init__(self, num_queries: int, num_hiddens: int, num_heads: int, num_classes: int):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(num_queries, num_hiddens))  # (q, d)
        self.attention = MultiHeadAttention(num_hiddens, num_hiddens, num_hiddens, num_hiddens, num_heads, dropout=0.0)
        self.class_head = nn.Linear(num_hiddens, num_classes + 1)  # the last class is "no object"
        self.box_head = nn.Linear(num_hiddens, 4)

    def forward(self, memory: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b q c+1"], Float[Tensor, "b q 4"]]:
        queries = self.queries.expand(len(memory), -1, -1)  # (b, q, d)
        hiddens = self.attention(queries, memory, memory, None)  # (b, q, d)
        return self.class_head(hiddens), self.box_head(hiddens).sigmoid()  # (b, q, c+1), (b, q, 4)
