"""scipy imported where it is needed, the costs in numpy, sides by prod; the attention of the exercise before."""

import torch
from torch import nn

import exercises.attention.multi_head_attention as previous


def box_cxcywh_to_xyxy(boxes):
    corners = boxes.clone()
    corners[..., :2] -= boxes[..., 2:] / 2
    corners[..., 2:] += corners[..., :2]
    return corners


def box_area(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).prod(dim=-1)


def box_iou(boxes1, boxes2):
    boxes1, boxes2 = torch.broadcast_tensors(boxes1.unsqueeze(1), boxes2.unsqueeze(0))
    low = torch.where(boxes1 > boxes2, boxes1, boxes2)[..., :2]
    high = torch.where(boxes1 < boxes2, boxes1, boxes2)[..., 2:]
    inter = ((high - low) * (high > low)).prod(dim=-1)
    return inter / (box_area(boxes1) + box_area(boxes2) - inter)


def generalized_box_iou(boxes1, boxes2):
    iou = box_iou(boxes1, boxes2)
    total = box_area(boxes1)[:, None] + box_area(boxes2)[None, :]
    union = total / (1 + iou)
    pairs = torch.stack(torch.broadcast_tensors(boxes1[:, None, :], boxes2[None, :, :]))
    hull = box_area(torch.cat([pairs.amin(dim=0)[..., :2], pairs.amax(dim=0)[..., 2:]], dim=-1))
    return iou - (1 - union / hull)


def match(class_logits, boxes, target_classes, target_boxes):
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    logits, mine, theirs = (one.detach().numpy() for one in (class_logits, boxes, target_boxes))
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    overlap = generalized_box_iou(box_cxcywh_to_xyxy(boxes.detach()), box_cxcywh_to_xyxy(target_boxes)).numpy()
    value = p[:, target_classes.numpy()] - 5 * np.abs(mine[:, None] - theirs[None]).sum(-1) + 2 * overlap
    rows, columns = linear_sum_assignment(value, maximize=True)
    chosen = np.empty(len(theirs), dtype=np.int64)
    chosen[columns] = rows
    return torch.from_numpy(chosen), torch.arange(len(theirs))


class QueryDecoder(nn.Module):
    def __init__(self, num_queries, num_hiddens, num_heads, num_classes):
        super().__init__()
        self.register_parameter("queries", nn.Parameter(torch.randn(num_queries, num_hiddens) * 0.02))
        self.attention = previous.MultiHeadAttention(*[num_hiddens] * 4, num_heads, dropout=0)
        self.class_head = nn.Linear(num_hiddens, num_classes + 1)
        self.box_head = nn.Linear(num_hiddens, 4)

    def forward(self, memory):
        queries = self.queries[None].expand(memory.size(0), *self.queries.shape)
        hiddens = self.attention(queries, memory, memory, valid_lens=None)
        return self.class_head(hiddens), torch.sigmoid(self.box_head(hiddens))
