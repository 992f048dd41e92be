"""Cases of chapter 10: queries, keys, values and lengths."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from grader.kit.values import Exact, Values, sizes, values


@dataclass(frozen=True)
class AttentionInputs:
    """queries (b, q, d), keys (b, k, d), values (b, k, v), valid_lens None, (b,) or (b, q)."""

    queries: Values
    keys: Values
    values: Values
    valid_lens: Exact | None


@st.composite
def valid_lens(
    draw: st.DrawFn, batch: int, queries: int, keys: int, *, smallest: int = 1, kinds: tuple[str, ...] = ("none", "1d", "2d")
) -> Exact | None:
    """Lengths between `smallest` and `keys`, per sample (1d), per query (2d) or none; of any number type.

    They differ from one sample to the next where that is possible: equal lengths hide a wrong axis.
    """
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    dtype = draw(st.sampled_from(["int64", "int32", "float32"]))
    length = st.integers(smallest, keys)
    if kind == "1d":
        return Exact(tuple(draw(st.lists(length, min_size=batch, max_size=batch))), dtype)
    rows = st.lists(length, min_size=queries, max_size=queries).map(tuple)
    return Exact(tuple(draw(st.lists(rows, min_size=batch, max_size=batch))), dtype)


@st.composite
def attention_inputs(
    draw: st.DrawFn,
    *,
    dtype: str = "float64",
    largest: int = 5,
    scale: float = 1.0,
    kinds: tuple[str, ...] = ("none", "1d", "2d"),
) -> AttentionInputs:
    """Unequal sizes for every axis, 1 included."""
    batch, queries, keys, width, value_width = (draw(sizes(largest)) for _ in range(5))
    return AttentionInputs(
        queries=draw(values((batch, queries, width), dtype=dtype, scale=scale)),
        keys=draw(values((batch, keys, width), dtype=dtype, scale=scale)),
        values=draw(values((batch, keys, value_width), dtype=dtype)),
        valid_lens=draw(valid_lens(batch, queries, keys, kinds=kinds)),
    )
