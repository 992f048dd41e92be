"""Cases of chapter 10: queries, keys, values and lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
    draw: st.DrawFn,
    batch: int,
    queries: int,
    keys: int,
    *,
    smallest: int = 1,
    kinds: tuple[str, ...] = ("none", "1d", "2d"),
) -> Exact | None:
    """Lengths between `smallest` and `keys`, per sample (1d), per query (2d) or none; of any number type.

    One seed draws all of them (Hypothesis charges by the draw): they differ from one sample to the next, because equal
    lengths hide a wrong axis.
    """
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    dtype = ("int64", "int32", "float32")[generator.integers(3)]
    shape = (batch,) if kind == "1d" else (batch, queries)
    lengths = generator.integers(smallest, keys, size=shape, endpoint=True).tolist()
    return Exact(tuple(lengths) if kind == "1d" else tuple(map(tuple, lengths)), dtype)


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
