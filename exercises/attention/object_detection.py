"""Object detection as set prediction (目标检测; Carion et al. 2020, End-to-End Object Detection with Transformers).

A decoder with q learned queries looks at an image, given as n vectors of features, and answers with q boxes and what is
in each of them. Which answer belongs to which object of the image is not said by anybody: it is the assignment of least
cost, and the loss is taken between the pairs that it makes.

    memory  (b, n, d)  ──keys, values──┐
                                   attention ──> (b, q, d) ─┬─ class_head ────────────> class_logits (b, q, c+1) ─┐
    queries (q, d) ────────────────────┘                    └─ box_head ── sigmoid ──> boxes        (b, q, 4)   ─┤
                                                                                                                match
                                            target_classes (t,), target_boxes (t, 4) of one image ────────────────┘

Two boxes (x1, y1, x2, y2) are compared by their overlap. GIoU goes on where IoU is 0: it falls with the part of the
smallest box around both (the hull) that neither of them fills.

    ┌───────┐                    boxes        (0, 0, 2, 2) and (1, 1, 3, 3), 4 and 4
    │   ┌───┼───┐                intersection (1, 1, 2, 2), 1
    └───┼───┘   │                union        4 + 4 - 1 = 7           IoU  = 1/7             =  0.1429
        └───────┘                hull         (0, 0, 3, 3), 9         GIoU = 1/7 - (9 - 7)/9 = -0.0794

The cost of giving a query to a target is -p + 5·L1 - 2·GIoU. In the example below it is

                 target 0   target 1     Each target for itself would take query 0. One after the other, target 0 takes
    query 0         -1.85      -1.85     it and leaves query 1 to target 1: -1.85 - 0.14 = -1.99 in all. The least total
    query 1         -1.55      -0.14     is that of query 1 for target 0 and query 0 for target 1: -1.55 - 1.85 = -3.40.
    query 2          1.00       0.10     Query 2 gets no target.

Write the four functions and the class. What is graded:

- Boxes are (cx, cy, w, h), centre and size, in `box_cxcywh_to_xyxy` (of any leading shape) and in `match`; they are
  (x1, y1, x2, y2), two opposite corners, in `box_iou` and `generalized_box_iou`, which compare every box of the one set
  with every box of the other. All have a positive area; coordinates are real numbers, pixels are not counted.
- p is the softmax over all c+1 classes, the last of which is "no object", at the target's class; L1 sums the absolute
  differences of the four numbers (cx, cy, w, h).
- `match` returns indices (int64) of t different queries, and of the targets 0, 1, …, t-1 in this order; 1 <= t <= q. The
  sum of the costs is the least possible. Logits and boxes may require gradients, as they do in training.
  `scipy.optimize.linear_sum_assignment` may be used.
- `queries` is an nn.Parameter (num_queries, d) drawn at random. `attention` has `W_q`, `W_k`, `W_v`, `W_o`, all
  nn.Linear(d, d) without bias, and num_heads heads: every query attends to the whole memory. No residual connection, no
  norm, no dropout. `class_head` and `box_head` are nn.Linear (with bias), to c+1 logits and to 4 numbers, which a
  sigmoid turns into a box. d = num_hiddens is divisible by num_heads.
- Results have the dtype of the inputs (float32 or float64), the arguments stay as they were, and all but `match` is
  differentiable, the decoder in its parameters too.

Nothing is forbidden. Use your own multi-head attention, as in the import below, or write one here.

Try it by hand:

    >>> box_cxcywh_to_xyxy(torch.tensor([1.0, 1.0, 2.0, 2.0]))
    tensor([0., 0., 2., 2.])
    >>> one, others = torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 1.0, 3.0, 3.0], [3.0, 0.0, 4.0, 2.0]])
    >>> box_iou(one, others), generalized_box_iou(one, others)
    (tensor([[0.1429, 0.0000]]), tensor([[-0.0794, -0.2500]]))
    >>> class_logits = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.9, 0.1]]).log()
    >>> boxes = torch.tensor([[0.4, 0.5, 0.2, 0.2], [0.3, 0.5, 0.2, 0.2], [0.65, 0.5, 0.2, 0.2]])
    >>> target_boxes = torch.tensor([[0.35, 0.5, 0.2, 0.2], [0.45, 0.5, 0.2, 0.2]])
    >>> match(class_logits, boxes, torch.tensor([0, 0]), target_boxes)
    (tensor([1, 0]), tensor([0, 1]))
    >>> decoder = QueryDecoder(num_queries=3, num_hiddens=8, num_heads=2, num_classes=5)
    >>> [output.shape for output in decoder(torch.ones(2, 7, 8))]
    [torch.Size([2, 3, 6]), torch.Size([2, 3, 4])]

★ For stars (no points): IoU and GIoU are right for the smallest boxes (an ε in the denominators would show there);
`match` copes with 40 queries, where not all assignments can be tried. (For points there are at most 6.)
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from exercises.attention.multi_head_attention import MultiHeadAttention


def box_cxcywh_to_xyxy(boxes: Float[Tensor, "... 4"]) -> Float[Tensor, "... 4"]:
    """Turn centre and size into two opposite corners.

    Args:
        boxes: (cx, cy, w, h), (..., 4).

    Returns:
        (x1, y1, x2, y2) with x1 < x2 and y1 < y2, (..., 4).
    """
    raise NotImplementedError


def box_iou(boxes1: Float[Tensor, "n 4"], boxes2: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    """The area that two boxes share, divided by the area that they cover together; for every pair.

    Args:
        boxes1: (x1, y1, x2, y2), (n, 4).
        boxes2: (x1, y1, x2, y2), (m, 4).

    Returns:
        IoU of box i of boxes1 and box j of boxes2, (n, m).
    """
    raise NotImplementedError


def generalized_box_iou(boxes1: Float[Tensor, "n 4"], boxes2: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    """IoU less the empty part of the hull, (hull - union) / hull; for every pair.

    Args:
        boxes1: (x1, y1, x2, y2), (n, 4).
        boxes2: (x1, y1, x2, y2), (m, 4).

    Returns:
        GIoU of box i of boxes1 and box j of boxes2, (n, m).
    """
    raise NotImplementedError


def match(
    class_logits: Float[Tensor, "q c+1"],
    boxes: Float[Tensor, "q 4"],
    target_classes: Int[Tensor, " t"],
    target_boxes: Float[Tensor, "t 4"],
) -> tuple[Int[Tensor, " t"], Int[Tensor, " t"]]:
    """Give every target a query of its own, so that the costs add up to the least possible.

    Args:
        class_logits: what is in each box, (q, c+1); the last class is "no object".
        boxes: (cx, cy, w, h), (q, 4).
        target_classes: int64, between 0 and c-1, (t,).
        target_boxes: (cx, cy, w, h), (t, 4).

    Returns:
        The queries that were chosen, int64, (t,), and their targets 0, 1, …, t-1, int64, (t,).
    """
    raise NotImplementedError


class QueryDecoder(nn.Module):
    """Learned queries attend to an image; each answers with a class and a box.

    Args:
        num_queries: q, the most objects that can be found.
        num_hiddens: d, features of a query and of a vector of the memory.
        num_heads: heads of the attention.
        num_classes: c, without "no object".

    Attributes:
        queries: the learned queries, nn.Parameter, (q, d).
        attention: multi-head attention with W_q, W_k, W_v, W_o, without bias.
        class_head: nn.Linear(d, c+1).
        box_head: nn.Linear(d, 4); the sigmoid comes after it.
    """

    def __init__(self, num_queries: int, num_hiddens: int, num_heads: int, num_classes: int):
        super().__init__()
        raise NotImplementedError

    def forward(self, memory: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b q c+1"], Float[Tensor, "b q 4"]]:
        """Let every query look at the memory of every image.

        Args:
            memory: the features of b images, (b, n, d).

        Returns:
            class_logits, (b, q, c+1), and boxes (cx, cy, w, h) with entries between 0 and 1, (b, q, 4).
        """
        raise NotImplementedError
