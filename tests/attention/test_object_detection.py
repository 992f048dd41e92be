"""Properties of object_detection, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the centre is taken for a corner, or w and h are not halved                → box_corners
   or the coordinates are changed in place                                    → box_corners
2. the sides of the intersection are not clamped: boxes that do not meet      → iou_laws, iou
3. the union counts the intersection twice; pixels are counted (+ 1)          → iou_laws, iou
4. GIoU divides by the union, or takes the hull without the union off         → giou
5. the assignment is sorted by queries, transposed, or not one-to-one         → one_to_one
6. it is greedy                                                               → least_cost
7. log p, logits or sigmoids for p; "no object" left out of the softmax       → least_cost
8. L1 of corners, or L2; IoU for GIoU, or GIoU of centres and sizes           → least_cost
9. outputs that require gradients are handed to scipy                         → one_to_one
10. c logits instead of c+1, no sigmoid, a softmax, a residual connection     → decoder_outputs, decoder
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Mismatch,
    Values,
    assert_arguments_kept,
    assert_matches,
    assert_same,
    check,
    given,
    graded,
    helper,
    outcome,
    sizes,
    tensor,
    vjp,
)
from grader.kit.modules import settle

CLOSE = {"float64": 1e-5, "float32": 1e-4}
"""Relative and absolute. In float64, too: √d may be float32, and an ε of up to 1e-6 beside areas of 0.25 and more is no
mistake (but for a star). In float32 an output may cancel to 0."""

MARGIN = 0.01
"""By so much the second-best assignment costs more than the best, so that rounding decides nothing."""


@dataclass(frozen=True)
class Centred:
    center: Values
    size: Values

    @property
    def boxes(self):
        """(..., 4), of positive width and height."""
        return torch.cat([self.center.tensor, self.size.tensor], dim=-1)

    def shown(self):
        return {"boxes": self.boxes}


@dataclass(frozen=True)
class Pairs:
    boxes1: Exact
    boxes2: Exact


@dataclass(frozen=True)
class Moved:
    boxes1: Exact
    boxes2: Exact
    factor: float
    shift: tuple[float, float]

    def moved(self, boxes):
        """The boxes made larger by the factor, and then shifted."""
        return boxes.tensor * self.factor + torch.tensor(self.shift * 2, dtype=torch.float64)


@dataclass(frozen=True)
class Matching:
    class_logits: Values
    boxes: Exact
    target_classes: Exact
    target_boxes: Exact
    requires_grad: bool

    def shown(self):
        """What a report shows: the arguments, and what every query would cost every target."""
        cost = torch.from_numpy(costs(self)).round(decimals=4)
        return {**vars(self), **({"cost[query, target]": cost} if cost.numel() <= 40 else {})}

    def arguments(self, *, requires_grad=False):
        outputs = (one.tensor.requires_grad_(requires_grad) for one in (self.class_logits, self.boxes))
        return [*outputs, self.target_classes, self.target_boxes]


@dataclass(frozen=True)
class Decoding:
    memory: Values
    num_heads: int
    num_classes: int
    parameters: dict[str, Values]

    @property
    def sizes(self):
        """num_queries, num_hiddens, num_heads, num_classes."""
        return (*self.parameters["queries"].shape, self.num_heads, self.num_classes)


@dataclass(frozen=True)
class Gradient:
    centred: Centred
    pairs: Pairs
    decoding: Decoding
    cotangents: dict[str, Values]

    def shown(self):
        return {**self.centred.shown(), **vars(self.pairs), **vars(self.decoding), "cotangents": self.cotangents}


dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)


def rows(array):
    return tuple(map(tuple, array.tolist()))


def corners(generator, count, *, distinct):
    """(count, 4) in halves. Where `distinct`, no two edges lie on one line; else many do, and boxes touch or agree."""
    if distinct:
        edges = np.sort([generator.permutation(40)[: 2 * count].reshape(count, 2) - 10 for _ in "xy"])  # (2, count, 2)
        low, high = edges[..., 0].T, edges[..., 1].T  # (count, 2)
    else:
        low = generator.integers(-3, 3, size=(count, 2))
        high = low + generator.integers(1, 5, size=(count, 2))
    return np.concatenate([low, high], axis=1) / 2


@st.composite
def centred(draw):
    shape, dtype, seed = draw(st.sampled_from([(), (3,), (1,), (2, 3), (4, 1, 2)])), draw(dtypes), draw(seeds)
    return Centred(Values((*shape, 2), seed, dtype), Values((*shape, 2), seed + 1, dtype, offset=3.1))


@st.composite
def pairs(draw, distinct=None):
    """Boxes that meet, that do not, and that lie one in the other; every fourth case has edges in common."""
    n, m, dtype, seed = draw(sizes(4)), draw(sizes(4)), draw(dtypes), draw(seeds)
    both = corners(np.random.default_rng(seed), n + m, distinct=seed % 4 > 0 if distinct is None else distinct)
    return Pairs(Exact(rows(both[:n]), dtype), Exact(rows(both[n:]), dtype))


@st.composite
def moved(draw):
    n, m, seed = draw(sizes(4)), draw(sizes(4)), draw(seeds)
    both = corners(np.random.default_rng(seed), n + m, distinct=True)
    factor, shift = draw(st.sampled_from([2.0, 3.0, 10.0])), (seed % 7 - 3.0, seed % 5 - 1.5)
    return Moved(Exact(rows(both[:n])), Exact(rows(both[n:])), factor, shift)


def costs(case):
    """(q, t), in float64."""
    exp = np.exp(case.class_logits.tensor.double().numpy())
    p = (exp / exp.sum(axis=1, keepdims=True))[:, list(case.target_classes.data)]
    mine, theirs = (np.asarray(boxes.data)[:, None] for boxes in (case.boxes, case.target_boxes))
    theirs = theirs.transpose(1, 0, 2)  # (1, t, 4), beside (q, 1, 4)
    (low1, high1), (low2, high2) = ((x[..., :2] - x[..., 2:] / 2, x[..., :2] + x[..., 2:] / 2) for x in (mine, theirs))
    shared = (np.minimum(high1, high2) - np.maximum(low1, low2)).clip(min=0).prod(axis=-1)
    union = mine[..., 2:].prod(axis=-1) + theirs[..., 2:].prod(axis=-1) - shared
    hull = (np.maximum(high1, high2) - np.minimum(low1, low2)).prod(axis=-1)
    giou = shared / union - (hull - union) / hull
    return -p + 5 * np.abs(mine - theirs).sum(axis=-1) - 2 * giou


@functools.cache
def assignments(q, t):
    """All of them, one a row."""
    return np.array(list(itertools.permutations(range(q), t)))


def margin(case):
    """How much more the second-best assignment costs than the best."""
    cost = costs(case)
    totals = np.sort(cost[assignments(*cost.shape), np.arange(cost.shape[1])].sum(axis=1))
    return totals[1] - totals[0] if len(totals) > 1 else math.inf


def scene(q, t, c, dtype, seed, spread, *, requires_grad=False):
    """Boxes around the middle of the image: the closer together they are, the more the classes decide."""
    generator = np.random.default_rng(seed)
    boxes = (0.5 + spread * generator.integers(-4, 5, size=(q + t, 4))).round(2)
    classes = Exact(tuple(generator.integers(0, c, size=t).tolist()), "int64")
    logits = Values((q, c + 1), seed + 1, dtype)
    return Matching(logits, Exact(rows(boxes[:q]), dtype), classes, Exact(rows(boxes[q:]), dtype), requires_grad)


@st.composite
def matchings(draw):
    q, c, dtype, seed = draw(sizes()), draw(sizes(3)), draw(dtypes), draw(seeds)
    t, spread = draw(st.integers(1, min(q, 4))), draw(st.sampled_from([0.02, 0.05, 0.1]))
    scenes = (scene(q, t, c, dtype, seed + 2**17 * i, spread, requires_grad=seed % 2 == 1) for i in itertools.count())
    return next(case for case in scenes if margin(case) >= MARGIN)


@st.composite
def crowds(draw):
    return scene(draw(st.integers(36, 44)), draw(st.integers(10, 14)), draw(sizes()), "float64", draw(seeds), 0.1)


@st.composite
def decodings(draw, dtypes=dtypes):
    """One seed draws every tensor (Hypothesis charges by the draw)."""
    b, n, q, c = draw(sizes(4)), draw(sizes()), draw(sizes()), draw(sizes(3))
    h, width, dtype, seed = draw(sizes(3)), draw(sizes(3)), draw(dtypes), draw(seeds)
    d = h * width
    shapes = {"queries": (q, d), **{f"attention.W_{x}.weight": (d, d) for x in "qkvo"}}
    shapes |= {"class_head.weight": (c + 1, d), "class_head.bias": (c + 1,)}
    shapes |= {"box_head.weight": (4, d), "box_head.bias": (4,)}
    tensors = {name: Values(shape, seed + i, dtype, 0.2) for i, (name, shape) in enumerate(shapes.items(), start=1)}
    tensors["queries"] = Values((q, d), seed + 1, dtype)
    return Decoding(Values((b, n, d), seed, dtype), h, c, tensors)


@st.composite
def gradients(draw):
    decoding, both = draw(decodings(dtypes=st.just("float64"))), draw(pairs(distinct=True))
    both = Pairs(Exact(both.boxes1.data), Exact(both.boxes2.data))
    seed, (n, m) = decoding.memory.seed + 20, (len(both.boxes1.data), len(both.boxes2.data))
    b, q, c = decoding.memory.shape[0], decoding.sizes[0], decoding.num_classes
    shapes = {"corners": (n, 4), "IoU": (n, m), "class_logits": (b, q, c + 1), "boxes": (b, q, 4)}
    return Gradient(
        Centred(Values((n, 2), seed), Values((n, 2), seed + 1, offset=3.1)),
        both,
        decoding,
        {name: Values(shape, seed + i) for i, (name, shape) in enumerate(shapes.items(), start=2)},
    )


comparing = pairs()
matching = matchings()
decoding = decodings()


def close(dtype):
    return {"rtol": CLOSE[dtype], "atol": CLOSE[dtype]}


def two(returned, names):
    """The two tensors that a function returned. Raises Mismatch for anything else."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        got = f"{len(returned)} entries" if isinstance(returned, tuple | list) else type(returned).__name__
        text = {"en": f"returned {got}, expected a tuple of two tensors, {names}",
                "zh": f"返回了 {got}，应为由两个张量组成的元组 {names}"}  # fmt: skip
        raise Mismatch(text)
    return [tensor(one, name) for one, name in zip(returned, names.split(", "), strict=True)]


def check_range(values, right, what, wanted, wanted_zh):
    """Require that all values are in their range; names the first that is not."""
    at = (~right).nonzero().tolist()
    first = f"{float(values[tuple(at[0])]):.6g}" if at else ""
    check(
        not at,
        {"en": f"{what} has the entry {first}, expected all of them {wanted}",
         "zh": f"{what} 中有一个数为 {first}，都应{wanted_zh}"},
        actual=values,
        quantity=what,
    )  # fmt: skip


def build(module, case, parameters=None):
    """A decoder with the case's parameters, in training mode: there is nothing that training would change."""
    decoder = module.QueryDecoder(*case.sizes)
    if case.memory.dtype == "float64":
        decoder.double()
    helper(module, "load_parameters", decoder, parameters or case.parameters)
    return decoder


def decode(decoder, memory):
    return two(decoder(memory), "class_logits, boxes")


@graded(
    points=1,
    title={"en": "Corners are half a width and height from the centre", "zh": "两个角与中心相距宽、高的一半"},
)
@given(case=centred())
def test_box_corners(submission, reference, case):
    mine = assert_arguments_kept(submission.box_cxcywh_to_xyxy, case.boxes, names=["boxes"]).value
    assert_matches(mine, reference.box_cxcywh_to_xyxy(case.boxes), quantity="box_cxcywh_to_xyxy(boxes)")


@graded(
    points=1,
    title={
        "en": "IoU is symmetric, has no scale, and is 1 for equal boxes only",
        "zh": "IoU 是对称的，与尺度无关，且只在两个框相同时为 1",
    },
    teaching="says in one number which law of IoU is broken; the comparison with the reference says only where",
)
@given(case=moved())
def test_iou_laws(submission, reference, case):
    n, m = len(case.boxes1.data), len(case.boxes2.data)
    iou = tensor(submission.box_iou(case.boxes1, case.boxes2), "IoU", shape=(n, m))
    check_range(iou, (iou >= 0) & (iou <= 1 + 1e-9), "box_iou(boxes1, boxes2)", "between 0 and 1", "在 0 与 1 之间")
    back = tensor(submission.box_iou(case.boxes2, case.boxes1), "IoU", shape=(m, n))
    swapped = {"en": "in box_iou(boxes1, boxes2)", "zh": "在 box_iou(boxes1, boxes2) 中"}
    assert_same(back.T, iou, **close("float64"), quantity="box_iou(boxes2, boxes1).T", otherwise=swapped)
    own = tensor(submission.box_iou(case.boxes1, case.boxes1), "IoU", shape=(n, n))
    ones = torch.ones(n, dtype=own.dtype)
    equal = {"en": "the IoU of a box with itself", "zh": "一个框与自身的 IoU "}
    assert_matches(own.diagonal(), ones, **close("float64"), quantity=equal)
    different = (own < 1 - 1e-4) | torch.eye(n, dtype=torch.bool)
    check_range(own, different, "box_iou(boxes1, boxes1)", "off the diagonal less than 1", "在对角线之外小于 1")
    again = submission.box_iou(case.moved(case.boxes1), case.moved(case.boxes2))
    grown = {"en": f"after all boxes grow by the factor {case.factor:g} and move by {case.shift}, the IoU",
             "zh": f"所有框放大 {case.factor:g} 倍并平移 {case.shift} 之后，IoU"}  # fmt: skip
    before = {"en": "before that", "zh": "在此之前"}
    assert_same(again, iou, **close("float64"), quantity=grown, otherwise=before)


@graded(points=1, title={"en": "IoU matches the reference for every pair", "zh": "每一对框的 IoU 都与参考实现一致"})
@given(case=comparing)
def test_iou(submission, reference, case):
    args = [case.boxes1, case.boxes2]
    mine = assert_arguments_kept(submission.box_iou, *args, names=["boxes1", "boxes2"]).value
    assert_matches(mine, reference.box_iou(*args), **close(case.boxes1.dtype), quantity="box_iou(boxes1, boxes2)")


@graded(
    points=1,
    title={
        "en": "GIoU lies above -1 and not above IoU, and matches the reference",
        "zh": "GIoU 大于 -1 且不超过 IoU，并与参考实现一致",
    },
    needs=["iou"],
)
@given(case=comparing)
def test_giou(submission, reference, case):
    args, quantity = [case.boxes1, case.boxes2], "generalized_box_iou(boxes1, boxes2)"
    mine = assert_arguments_kept(submission.generalized_box_iou, *args, names=["boxes1", "boxes2"]).value
    iou = reference.box_iou(*args)
    giou = tensor(mine, quantity, shape=tuple(iou.shape), dtype=iou.dtype)
    check_range(giou, giou > -1, quantity, "more than -1", "大于 -1")
    check_range(giou, giou <= iou + 1e-4, quantity, "at most the IoU", "不超过 IoU")
    assert_matches(giou, reference.generalized_box_iou(*args), **close(case.boxes1.dtype), quantity=quantity)


def matched(module, case, **options):
    """The queries that `match` chose, one for each target."""
    arguments = case.arguments(**options)
    names = ["class_logits", "boxes", "target_classes", "target_boxes"]
    queries, targets = two(assert_arguments_kept(module.match, *arguments, names=names).value, "queries, targets")
    wanted = torch.arange(len(case.target_classes.data))
    assert_matches(targets, wanted, quantity="targets")
    tensor(queries, "queries", shape=tuple(wanted.shape), dtype=torch.int64)
    q, chosen = case.class_logits.shape[0], queries.tolist()
    check(
        len(set(chosen)) == len(chosen) and all(0 <= one < q for one in chosen),
        {"en": f"the queries are {chosen}, expected different ones between 0 and {q - 1}",
         "zh": f"选出的查询为 {chosen}，应为 0 到 {q - 1} 之间互不相同的序号"},
        actual=queries,
        quantity="queries",
    )  # fmt: skip
    return queries


def assert_cheapest(queries, wanted, case):
    """Require that an assignment costs no more than the reference's."""
    cost = costs(case)
    mine, least = (float(cost[one.numpy(), np.arange(cost.shape[1])].sum()) for one in (queries, wanted))
    check(
        mine <= least + MARGIN / 2,
        {"en": f"the assignment costs {mine:.4f}, expected the least that is possible, {least:.4f}: each target adds the "
               "cost of its query, −p + 5·L1 − 2·GIoU",
         "zh": f"这个匹配的总代价为 {mine:.4f}，应为可能的最小值 {least:.4f}：每个目标加上它的查询的代价 −p + 5·L1 − 2·GIoU"},
        expected=wanted,
        actual=queries,
        quantity="queries",
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "Every target gets a query of its own, in training too",
        "zh": "每个目标都得到一个不同的查询，训练时也一样",
    },
)
@given(case=matching)
def test_one_to_one(submission, reference, case):
    matched(submission, case, requires_grad=case.requires_grad)


@graded(
    points=1,
    title={"en": "The matching is of least total cost", "zh": "匹配的总代价最小"},
    needs=["box_corners", "giou", "one_to_one"],
)
@given(case=matching)
def test_least_cost(submission, reference, case):
    assert_cheapest(matched(submission, case), reference.match(*case.arguments())[0], case)


@graded(
    points=1,
    title={
        "en": "The decoder gives c+1 logits and a box in (0, 1) per query",
        "zh": "解码器对每个查询给出 c+1 个 logit 和一个 (0, 1) 内的框",
    },
)
@given(case=decoding, share=0.5)
def test_decoder_outputs(submission, reference, case):
    loaded = outcome(submission.QueryDecoder(*case.sizes).load_state_dict, case.parameters, strict=False).value
    missing = [] if loaded is None else loaded.missing_keys
    decoder = build(submission, case)  # says it better where a parameter is missing, or of another shape
    extra = [name for name in missing if name.endswith("bias")]
    check(
        not extra,
        {"en": f"there is {', '.join(extra)}, expected an attention without bias",
         "zh": f"出现了 {', '.join(extra)}，注意力的线性变换不应有偏置"},
    )  # fmt: skip
    ended = assert_arguments_kept(decoder, case.memory, names=["memory"])
    class_logits, boxes = two(ended.value, "class_logits, boxes")
    (b, _, _), q, dtype = case.memory.shape, case.sizes[0], case.memory.tensor.dtype
    tensor(class_logits, "class_logits", shape=(b, q, case.num_classes + 1), dtype=dtype)
    tensor(boxes, "boxes", shape=(b, q, 4), dtype=dtype)
    check_range(boxes, (boxes > 0) & (boxes < 1), "boxes", "between 0 and 1", "在 0 与 1 之间")


@graded(
    points=1,
    title={
        "en": "Queries in another order give the same answers in that order",
        "zh": "打乱查询的次序，答案只是随之改变次序",
    },
    needs=["decoder_outputs"],
    teaching="the law of set prediction: no query knows its place, or the others, and the memory is a set, too",
)
@given(case=decoding, share=0.4)
def test_permuted_queries(submission, reference, case):
    answers = decode(build(submission, case), case.memory)
    rolled = {**case.parameters, "queries": case.parameters["queries"].tensor.roll(1, dims=0)}
    again = decode(build(submission, case, rolled), case.memory.tensor.flip(1))
    for name, before, after in zip(("class_logits", "boxes"), answers, again, strict=True):
        quantity = {"en": f"{name}, after the last query was put first and the memory turned round,",
                    "zh": f"把最后一个查询移到最前、并将 memory 的次序颠倒之后，{name}"}  # fmt: skip
        otherwise = {"en": "for the same query before that", "zh": "在此之前对同一个查询"}
        assert_same(after, before.roll(1, dims=1), **close(case.memory.dtype), quantity=quantity, otherwise=otherwise)


@graded(
    points=1,
    title={"en": "The decoder matches the reference", "zh": "解码器与参考实现一致"},
    needs=["decoder_outputs"],
)
@given(case=decoding)
def test_decoder(submission, reference, case):
    mine, theirs = (decode(build(module, case), case.memory) for module in (submission, reference))
    for name, actual, expected in zip(("class_logits", "boxes"), mine, theirs, strict=True):
        assert_matches(actual, expected, **close(case.memory.dtype), quantity=name)


def gradients_of_outputs(module, case):
    """By parameter: those that the logits send back, and those that the boxes do (`vjp` takes the first output)."""
    decoder = build(module, case.decoding)
    by_logits = vjp(decoder, [case.decoding.memory], case.cotangents["class_logits"], parameters=True)
    channel = object.__getattribute__(decoder, "_channel")
    _, boxes = settle(channel, decoder.forward.send([case.decoding.memory], {}, keep=True))
    helper(module, "closure", [boxes], [case.cotangents["boxes"]], keep=True)()
    parameters = settle(channel, decoder.parameters.send([], {}, keep=True))
    names = [name for name in by_logits if name not in ("output", "0")]
    return by_logits, dict(zip(names, helper(module, "get_grads", parameters), strict=True))


@graded(
    points=1,
    title={
        "en": "Gradients flow back to boxes, memory and every parameter",
        "zh": "梯度能传回边界框、memory 和每一个模型参数",
    },
    needs=["box_corners", "giou", "decoder"],
)
@given(case=gradients(), share=0.2)
def test_gradients_flow_back(submission, reference, case):
    def compare(what, mine, theirs):
        quantity = {"en": f"the gradient of {what}", "zh": f"{what} 的梯度"}
        assert_matches(mine, theirs, **close("float64"), quantity=quantity)

    modules = (submission, reference)
    mine, theirs = (vjp(one.box_cxcywh_to_xyxy, [case.centred.boxes], case.cotangents["corners"]) for one in modules)
    compare("boxes in box_cxcywh_to_xyxy", mine["0"], theirs["0"])
    for name in ("box_iou", "generalized_box_iou"):
        args = [case.pairs.boxes1, case.pairs.boxes2]
        mine, theirs = (vjp(getattr(one, name), args, case.cotangents["IoU"]) for one in modules)
        compare(f"boxes1 in {name}", mine["0"], theirs["0"])
        compare(f"boxes2 in {name}", mine["1"], theirs["1"])
    for what, mine, theirs in zip(
        ("logits", "boxes"), *(gradients_of_outputs(one, case) for one in modules), strict=True
    ):
        for name in case.decoding.parameters:
            compare(f"{name}, from the {what},", mine.get(name), theirs[name])
        if what == "logits":
            compare("memory, from the logits,", mine["0"], theirs["0"])


@graded(
    star=True,
    title={"en": "IoU and GIoU are right for the smallest boxes", "zh": "对极小的框，IoU 与 GIoU 同样正确"},
    needs=["giou"],
    teaching="an ε in a denominator is harmless for boxes in pixels, and decides the IoU of small boxes in (0, 1)",
)
@given(case=moved())
def test_tiny_boxes(submission, reference, case):
    tiny = [boxes.tensor * 1e-4 / case.factor for boxes in (case.boxes1, case.boxes2)]
    for name in ("box_iou", "generalized_box_iou"):
        mine, theirs = (getattr(module, name)(*tiny) for module in (submission, reference))
        quantity = {"en": f"{name} of boxes scaled to 1/{1e4 * case.factor:.0f}",
                    "zh": f"框缩小到 1/{1e4 * case.factor:.0f} 之后的 {name} "}  # fmt: skip
        assert_matches(mine, theirs, **close("float64"), quantity=quantity)


@graded(
    star=True,
    title={"en": "40 queries are matched, too", "zh": "40 个查询也能完成匹配"},
    needs=["least_cost"],
    teaching="12 of 40 queries can be chosen in 10^18 ways: trying all is right and never ends",
)
@given(case=crowds())
def test_many_queries(submission, reference, case):
    assert_cheapest(matched(submission, case), reference.match(*case.arguments())[0], case)
