"""Properties of image_recognition, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the image is reshaped to (b, n, c·p·p) without moving axes                  → patches_are_local
2. the patches follow each other column by column                              → patches_in_order
   or the numbers of a patch are ordered rows, columns, channels               → patches_in_order
3. `pos_embedding` has no place for the class token; the blocks share weights  → parameters
4. the logits are those of every token, or of the mean token                   → logits, class_token
   or depend on the other images of the batch, or of the call before           → logits
5. the class token comes last, or gets no position                             → class_token
6. the last ln is left out                                                     → class_token
7. normalization follows attention (post-norm), or the residual connection     → matches_the_reference
   starts from the normalized tokens
8. the scores are not scaled, or by the width of all heads together            → matches_the_reference
9. heads are cut out of the tokens' axis (reshape without transpose)           → matches_the_reference
10. sizes that do not fit are cut off silently                                 → indivisible_sizes
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Values,
    assert_arguments_kept,
    assert_matches,
    assert_raises,
    assert_same,
    check,
    given,
    graded,
    helper,
    sizes,
    tensor,
    vjp,
)

CLOSE = {"float64": {"rtol": 1e-5, "atol": 1e-5}, "float32": {"rtol": 1e-3, "atol": 1e-3}}
"""√d as torch.sqrt(torch.tensor(d)) is float32, and layer normalization divides rounding errors by small deviations."""


@dataclass(frozen=True)
class Cutting:
    """Images without two equal numbers."""

    shape: tuple[int, ...]
    patch_size: int
    seed: int
    dtype: str

    @property
    def images(self):
        numbers = np.random.default_rng(self.seed).permutation(int(np.prod(self.shape)))
        return torch.tensor(numbers, dtype=getattr(torch, self.dtype)).reshape(self.shape)

    @property
    def squares(self):
        """The patches by their places, [row][column] → (b, c, p, p)."""
        p, (H, W) = self.patch_size, self.shape[2:]
        return {
            (i, j): self.images[:, :, i * p : (i + 1) * p, j * p : (j + 1) * p]
            for i, j in itertools.product(range(H // p), range(W // p))
        }

    def shown(self):
        return {"images": self.images, "patch_size": self.patch_size}


@dataclass(frozen=True)
class Recognition:
    images: Values
    patch_size: int
    num_heads: int
    num_layers: int
    parameters: dict[str, Values]

    @property
    def sizes(self):
        classes, d = self.parameters["head.weight"].shape
        sides = {"image_size": self.images.shape[3], "patch_size": self.patch_size, "channels": self.images.shape[1]}
        widths = {"num_classes": classes, "num_hiddens": d, "num_heads": self.num_heads, "num_layers": self.num_layers}
        first = self.parameters.get("blks.0.ffn.dense1.bias")
        return {**sides, **widths, "ffn_num_hiddens": first.shape[0] if first else 1}

    def shown(self):
        return {**self.sizes, "images": self.images, **self.parameters}


@dataclass(frozen=True)
class Gradient:
    inputs: Recognition
    cotangent: Values

    def shown(self):
        return {**self.inputs.shown(), "cotangent": self.cotangent}


@dataclass(frozen=True)
class Indivisible:
    """Where `what` is "H" or "W", patchify gets images of `size` by an even multiple of `divisor`, or the other way."""

    what: str
    size: int
    divisor: int


@st.composite
def cuttings(draw):
    b, c, rows, columns, p = draw(sizes(3)), draw(sizes(4)), draw(sizes(4)), draw(sizes(4)), draw(sizes(3))
    dtype, seed = draw(st.sampled_from(["float64", "float32"])), draw(st.integers(0, 2**16))
    return Cutting((b, c, rows * p, columns * p), p, seed, dtype)


@st.composite
def recognitions(draw, dtypes=("float64", "float32"), fewest=0, narrowest=1):
    """One seed draws every tensor (Hypothesis charges by the draw)."""
    b, c, p, side, classes = draw(sizes(3)), draw(sizes(3)), draw(sizes(3)), draw(sizes(3)), draw(sizes(5))
    h, width, layers, hiddens = draw(sizes(3)), draw(sizes(3, narrowest)), draw(st.integers(fewest, 2)), draw(sizes())
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    d = h * width
    shapes = {
        "patch_embedding.weight": (d, c * p * p),
        "patch_embedding.bias": (d,),
        "cls_token": (1, 1, d),
        "pos_embedding": (1, side**2 + 1, d),
    }
    for i in range(layers):
        shapes |= {f"blks.{i}.attention.W_{one}.weight": (d, d) for one in "qkvo"}
        shapes |= {f"blks.{i}.ffn.dense1.weight": (hiddens, d), f"blks.{i}.ffn.dense1.bias": (hiddens,)}
        shapes |= {f"blks.{i}.ffn.dense2.weight": (d, hiddens), f"blks.{i}.ffn.dense2.bias": (d,)}
    for ln in [*(f"blks.{i}.ln{k}" for i in range(layers) for k in (1, 2)), "ln"]:
        shapes |= {f"{ln}.weight": (d,), f"{ln}.bias": (d,)}
    shapes |= {"head.weight": (classes, d), "head.bias": (classes,)}
    scales = {"patch_embedding.weight": 0.1, "cls_token": 0.7, "pos_embedding": 0.5}
    return Recognition(
        images=Values((b, c, side * p, side * p), seed, dtype),
        patch_size=p,
        num_heads=h,
        num_layers=layers,
        parameters={
            name: Values(shape, seed + i, dtype, scales.get(name, 0.25), nonzero=True)
            for i, (name, shape) in enumerate(shapes.items(), start=1)
        },
    )


@st.composite
def gradients(draw):
    """At least one block (without, the images do not matter), of two features (one alone is normalized to 0)."""
    case = draw(recognitions(dtypes=("float64",), fewest=1, narrowest=2))
    return Gradient(case, Values((case.images.shape[0], case.sizes["num_classes"]), case.images.seed + 60))


@st.composite
def indivisible(draw):
    divisor = draw(st.integers(2, 7))
    size = divisor * draw(st.integers(0, 3)) + draw(st.integers(1, divisor - 1))
    return Indivisible(draw(st.sampled_from(["H", "W", "image_size", "num_hiddens"])), size, divisor)


cutting = cuttings()
ordinary = recognitions()


def build(module, case, **parameters):
    """A model with the case's parameters, or with others in their place."""
    model = module.VisionTransformer(**case.sizes)
    if case.images.dtype == "float64":
        model.double()
    helper(module, "load_parameters", model, {**case.parameters, **parameters})
    return model


def cut(submission, case):
    """patchify(images) by the places of the patches, [row][column] → (b, c·p·p)."""
    (b, c, H, W), p = case.shape, case.patch_size
    patches = assert_arguments_kept(submission.patchify, case.images, p, names=["images"]).value
    n = H // p * (W // p)
    patches = tensor(patches, "patchify(images)", shape=(b, n, c * p * p), dtype=case.images.dtype)
    return dict(zip(case.squares, patches.unbind(1), strict=True))


@graded(
    points=1,
    title={"en": "Every patch holds the pixels of one square", "zh": "每个图块恰好由一个正方形内的像素组成"},
    teaching="tells patches that are torn apart from whole ones in another order, which is the next property's to see",
)
@given(case=cutting)
def test_patches_are_local(submission, reference, case):
    wanted = {tuple(square.flatten().sort().values.tolist()) for square in case.squares.values()}
    for n, patch in enumerate(cut(submission, case).values()):
        check(
            tuple(patch.flatten().sort().values.tolist()) in wanted,
            {"en": f"patch {n} mixes pixels of several squares, expected all channels of one square of "
                   f"{case.patch_size} by {case.patch_size} pixels, of the same image",
             "zh": f"第 {n} 个图块混合了几个正方形的像素；它应由同一幅图像中一个 "
                   f"{case.patch_size} × {case.patch_size} 正方形内所有通道的像素组成"},
            actual=patch,
            quantity=f"patchify(images)[:, {n}]",
        )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "Patches follow row by row; each is channels, rows, columns",
        "zh": "图块逐行排列，每个图块按通道、行、列展平",
    },
    teaching="shows one patch beside the right one; without it, only the logits would tell that its numbers moved",
)
@given(case=cutting, share=0.4)
def test_patches_in_order(submission, reference, case):
    for n, ((i, j), patch) in enumerate(cut(submission, case).items()):
        name = {"en": f"patch {n}, in row {i} and column {j},", "zh": f"第 {n} 个图块（第 {i} 行第 {j} 列）"}
        assert_matches(patch, case.squares[i, j].flatten(1), quantity=name)


@graded(
    points=1,
    title={"en": "All parts have the right names and sizes", "zh": "各部分的名称和大小正确"},
    teaching="names the parameter that is missing or of another shape; nothing else can be tried without it",
)
@given(case=ordinary)
def test_parameters(submission, reference, case):
    """Without a look at random values: they follow the order of the layers, and would make every diagnosis fail."""
    model = submission.VisionTransformer(**case.sizes)
    helper(submission, "load_parameters", model, case.parameters)  # names what is missing or of another shape
    others = model.load_state_dict({}, strict=False).missing_keys
    extra = [name for name in others if ".W_" in name and name.endswith(".bias")]
    check(
        not extra,
        {"en": f"there is {', '.join(extra)}, expected W_q, W_k, W_v and W_o without bias",
         "zh": f"出现了 {', '.join(extra)}；W_q、W_k、W_v 和 W_o 不应有偏置"},
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "The logits are (b, num_classes), of the images' dtype",
        "zh": "logits 形状为 (b, num_classes)，类型与图像相同",
    },
    needs=["parameters"],
    teaching="says what came out instead, before any number is compared; and sees images that are changed in place",
)
@given(case=ordinary, share=0.6)
def test_logits(submission, reference, case):
    model = build(submission, case)
    alone = model(case.images.tensor[:1])  # a smaller batch first: nothing may be left of it
    logits = assert_arguments_kept(model, case.images, names=["images"]).value
    shape = (case.images.shape[0], case.sizes["num_classes"])
    logits = tensor(logits, "logits", shape=shape, dtype=case.images.tensor.dtype)
    name = {"en": "the logits of the first image alone", "zh": "只输入第一幅图像时的 logits "}
    assert_matches(alone, logits[:1], **CLOSE[case.images.dtype], quantity=name)


@graded(
    points=1,
    title={
        "en": "Without blocks, the class token and its position alone are classified",
        "zh": "没有块时，只有类别词元及其位置决定分类结果",
    },
    needs=["logits"],
    teaching="looks at the two ends of the model alone: a wrong token shows here, whatever the blocks do",
)
@given(case=ordinary)
def test_class_token(submission, reference, case):
    parameters = {name: one for name, one in case.parameters.items() if not name.startswith("blks.")}
    case = Recognition(case.images, case.patch_size, case.num_heads, 0, parameters)
    logits = build(submission, case)(case.images)
    weight, bias, head, shift, token, positions = (
        parameters[name].tensor
        for name in ("ln.weight", "ln.bias", "head.weight", "head.bias", "cls_token", "pos_embedding")
    )
    first = torch.nn.functional.layer_norm(token[0, 0] + positions[0, 0], weight.shape, weight, bias)  # (d,)
    wanted = (head @ first + shift).repeat(len(logits), 1)  # (b, num_classes)
    assert_matches(logits, wanted, **CLOSE[case.images.dtype], quantity="logits")


@graded(
    points=1,
    title={
        "en": "Without positions, the order of the patches makes no difference",
        "zh": "位置嵌入为 0 时，图块的次序不影响结果",
    },
    needs=["logits"],
    teaching="says what the positions are for: nothing else in the model knows where a patch was",
)
@given(case=ordinary, share=0.4)
def test_order_of_patches(submission, reference, case):
    (b, c, size, _), p = case.images.shape, case.patch_size
    rows = size // p
    order = torch.from_numpy(np.random.default_rng(case.images.seed).permutation(rows**2))
    grid = case.images.tensor.reshape(b, c, rows, p, rows, p).permute(0, 2, 4, 1, 3, 5)  # (b, rows, columns, c, p, p)
    shuffled = grid.flatten(1, 2)[:, order].unflatten(1, (rows, rows))  # (b, rows, columns, c, p, p)
    shuffled = shuffled.permute(0, 3, 1, 4, 2, 5).reshape(case.images.shape)  # (b, c, size, size)
    nowhere = torch.zeros_like(case.parameters["pos_embedding"].tensor)
    model = build(submission, case, pos_embedding=nowhere)
    name = {"en": "with pos_embedding 0 and the patches in another order, the logits",
            "zh": "pos_embedding 为 0、图块打乱之后，logits"}  # fmt: skip
    in_order = {"en": "with the patches in their own order", "zh": "图块按原来的顺序时"}
    assert_same(model(shuffled), model(case.images), **CLOSE[case.images.dtype], quantity=name, otherwise=in_order)


@graded(points=2, title={"en": "Matches the reference", "zh": "与参考实现一致"})
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (build(module, case)(case.images) for module in (submission, reference))
    assert_matches(mine, theirs, **CLOSE[case.images.dtype], quantity="logits")


@graded(
    points=1,
    title={"en": "Gradients flow back to the images and every parameter", "zh": "梯度能传回图像和每一个模型参数"},
    needs=["matches_the_reference"],
)
@given(case=gradients(), share=0.25)
def test_gradients_flow_back(submission, reference, case):
    images, cotangent = case.inputs.images, case.cotangent
    models = (build(module, case.inputs) for module in (submission, reference))
    mine, theirs = (vjp(model, [images], cotangent, parameters=True) for model in models)
    for name, key in {"images": "0", **{name: name for name in case.inputs.parameters}}.items():
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine.get(key), theirs[key], **CLOSE["float64"], quantity=quantity)


@graded(
    points=1,
    title={"en": "Sizes that do not fit raise ValueError", "zh": "大小不能整除时抛出 ValueError"},
)
@given(case=indivisible())
def test_indivisible_sizes(submission, reference, case):
    numbers = (case.size, case.divisor)
    if case.what in ("H", "W"):
        sides = (case.size, 2 * case.divisor) if case.what == "H" else (2 * case.divisor, case.size)
        assert_raises("ValueError", submission.patchify, torch.zeros(1, 3, *sides), case.divisor, mentions=numbers)
        return
    fitting = {"image_size": 6, "patch_size": 2, "num_hiddens": 6, "num_heads": 3}
    divisor = "patch_size" if case.what == "image_size" else "num_heads"
    options = {**fitting, case.what: case.size, divisor: case.divisor}
    rest = {"channels": 1, "num_classes": 4, "num_layers": 1, "ffn_num_hiddens": 5}
    assert_raises("ValueError", submission.VisionTransformer, **options, **rest, mentions=numbers)
