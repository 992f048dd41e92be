"""The book's own code for boxes (d2l 0.17.6, 13.4), DETR's for the rest (its matcher sorted by targets)."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import nn

from exercises.attention.multi_head_attention import MultiHeadAttention


def box_cxcywh_to_xyxy(boxes):
    """从（中间，宽度，高度）转换到（左上，右下）"""
    cx, cy, w, h = boxes.unbind(-1)
    x1 = cx - 0.5 * w
    y1 = cy - 0.5 * h
    x2 = cx + 0.5 * w
    y2 = cy + 0.5 * h
    return torch.stack((x1, y1, x2, y2), axis=-1)


def _box_iou(boxes1, boxes2):
    """计算两个锚框或边界框列表中成对的交并比"""
    box_area = lambda boxes: ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    areas1 = box_area(boxes1)
    areas2 = box_area(boxes2)
    inter_upperlefts = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    inter_lowerrights = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    inters = (inter_lowerrights - inter_upperlefts).clamp(min=0)
    inter_areas = inters[:, :, 0] * inters[:, :, 1]
    union_areas = areas1[:, None] + areas2 - inter_areas
    return inter_areas / union_areas, union_areas


def box_iou(boxes1, boxes2):
    return _box_iou(boxes1, boxes2)[0]


def generalized_box_iou(boxes1, boxes2):
    assert (boxes1[:, 2:] >= boxes1[:, :2]).all()
    assert (boxes2[:, 2:] >= boxes2[:, :2]).all()
    iou, union = _box_iou(boxes1, boxes2)
    lt = torch.min(boxes1[:, None, :2], boxes2[:, :2])
    rb = torch.max(boxes1[:, None, 2:], boxes2[:, 2:])
    wh = (rb - lt).clamp(min=0)
    area = wh[:, :, 0] * wh[:, :, 1]
    return iou - (area - union) / area


@torch.no_grad()
def match(class_logits, boxes, target_classes, target_boxes):
    out_prob = class_logits.softmax(-1)
    cost_class = -out_prob[:, target_classes]
    cost_bbox = torch.cdist(boxes, target_boxes, p=1)
    cost_giou = -generalized_box_iou(box_cxcywh_to_xyxy(boxes), box_cxcywh_to_xyxy(target_boxes))
    C = 5 * cost_bbox + 1 * cost_class + 2 * cost_giou
    i, j = linear_sum_assignment(C.cpu())
    i, j = torch.as_tensor(i, dtype=torch.int64), torch.as_tensor(j, dtype=torch.int64)
    order = torch.argsort(j)
    return i[order], j[order]


class QueryDecoder(nn.Module):
    def __init__(self, num_queries, num_hiddens, num_heads, num_classes):
        super().__init__()
        self.queries = nn.Parameter(torch.rand(num_queries, num_hiddens))
        self.attention = MultiHeadAttention(num_hiddens, num_hiddens, num_hiddens, num_hiddens, num_heads, 0)
        self.class_head = nn.Linear(num_hiddens, num_classes + 1)
        self.box_head = nn.Linear(num_hiddens, 4)

    def forward(self, memory):
        queries = self.queries.unsqueeze(0).repeat(memory.shape[0], 1, 1)
        hs = self.attention(queries, memory, memory, None)
        return self.class_head(hs), self.box_head(hs).sigmoid()
