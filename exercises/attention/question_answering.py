"""Question answering: an answer is a span of the text (as in SQuAD; Devlin et al. 2019, BERT).

An encoder reads question and context together, [CLS] question [SEP] context [SEP], and gives a vector for every token.
Two vectors are learned on top: the dot product with one says how well an answer could start here, with the other, how
well it could end here. Only the context may answer:

    hidden (b, n, d) ── · w_start ──> start_logits (b, n) ─┐
                     │                                     ├─ best_span ──> (b, 2): start and end of the answer
                     └─ · w_end   ──> end_logits   (b, n) ─┘
    context_mask (b, n): True at the tokens of the context; the logits are -inf at all others

    token           [CLS]  Who   [SEP]   It    was   Ada   Lovelace   [SEP]
    start_logits    -inf  -inf   -inf   0.0   -1.0   2.0     1.0      -inf
    end_logits      -inf  -inf   -inf   2.5    0.0   0.0     2.0      -inf

The best start alone (5) and the best end alone (3) make no span. The pair (i, j) has the score start_logits[i] +
end_logits[j]; among the pairs with i <= j the best is (5, 6), "Ada Lovelace", with 4.0.

Write the three functions. What is graded:

- `span_logits` returns two tensors. They are dot products in the context and exactly -inf outside it. Every sample has
  at least one token of context; its tokens stand together.
- `best_span` finds start and end with start <= end < start + max_answer_len, so that the answer has at most
  max_answer_len tokens, and with the highest start_logits[start] + end_logits[end]. Logits may be -inf, as above.
- Of spans with equal scores the one with the smallest start is taken, then that with the smallest end. (Compare the sums
  themselves: after a softmax rounding would decide.)
- `span_loss` is the mean of two cross-entropies, that of the start and that of the end, each averaged over the batch.
  The logits may be -inf, but not at the right start and end.
- float32 and float64: results have the dtype of the inputs (spans are int64), the inputs stay as they were, and
  gradients flow back through `span_logits` and `span_loss`, without NaN.

Try it by hand:

    >>> start_logits = torch.tensor([[float("-inf"), 0.0, -1.0, 2.0, 1.0]])
    >>> end_logits = torch.tensor([[float("-inf"), 2.5, 0.0, 0.0, 2.0]])
    >>> best_span(start_logits, end_logits, max_answer_len=3)
    tensor([[3, 4]])
    >>> best_span(start_logits, end_logits, max_answer_len=1)
    tensor([[4, 4]])
    >>> span_loss(start_logits, end_logits, torch.tensor([3]), torch.tensor([4]))
    tensor(0.7558)
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def span_logits(
    hidden: Float[Tensor, "b n d"],
    w_start: Float[Tensor, " d"],
    w_end: Float[Tensor, " d"],
    context_mask: Bool[Tensor, "b n"],
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
    """Say how well an answer could start, and end, at every token.

    Args:
        hidden: a vector for every token, (b, n, d).
        w_start: what it is compared with for the start, (d,).
        w_end: what it is compared with for the end, (d,).
        context_mask: True at the tokens that may be part of an answer, (b, n).

    Returns:
        The logits of the start and those of the end, (b, n) each; -inf outside the context.
    """
    raise NotImplementedError


def best_span(
    start_logits: Float[Tensor, "b n"], end_logits: Float[Tensor, "b n"], max_answer_len: int
) -> Int[Tensor, "b 2"]:
    """Find the span with the best sum of its start's and its end's logit.

    Args:
        start_logits: (b, n).
        end_logits: (b, n).
        max_answer_len: how many tokens an answer may have, at least 1.

    Returns:
        The first and the last token of every sample's answer, int64, (b, 2).
    """
    raise NotImplementedError


def span_loss(
    start_logits: Float[Tensor, "b n"],
    end_logits: Float[Tensor, "b n"],
    start: Int[Tensor, " b"],
    end: Int[Tensor, " b"],
) -> Float[Tensor, ""]:
    """Compare the logits with the right answers.

    Args:
        start_logits: (b, n).
        end_logits: (b, n).
        start: the first token of the right answer, int64, (b,).
        end: its last token, int64, (b,).

    Returns:
        The mean of the cross-entropies of start and end, ().
    """
    raise NotImplementedError
