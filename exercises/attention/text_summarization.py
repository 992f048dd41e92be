"""Text summarization: a decoder that can copy (See et al. 2017, "Get To The Point": pointer-generator networks).

A summary is full of names and numbers that no vocabulary has. So at each step the decoder first decides whether to
generate a word of its vocabulary, with probability p_gen, or to copy one from the source, where its attention points:

    vocab_dist (b, V) ───────────────── · p_gen ──────────────────────────────┐
                                                                              + ──> (b, extended_size)
    attention  (b, n) ───────────────── · (1 − p_gen) ── to the words ────────┘
    source_ids (b, n), which word each position of the source holds ──┘

    P(w) = p_gen · P_vocab(w) + (1 − p_gen) · Σ_{i: source_ids[i] = w} attention[i]

The words 0 … V − 1 are the vocabulary; the words of the source that it lacks have the numbers V … extended_size − 1
(the extended vocabulary of this batch). They cannot be generated, only copied. With V = 3 and p_gen = 0.5:

    word                0      1      2      3
    vocab_dist         0.2    0.2    0.6     –        source_ids  2    3    2
    generated          0.1    0.1    0.3    0         attention  0.4  0.2  0.4
    copied              0      0     0.4    0.1       word 2 is in the source twice: 0.5 · (0.4 + 0.4)
    final              0.1    0.1    0.7    0.1

A decoder that attends to the same place again and again repeats itself. The coverage c^t is what all steps before t
have attended to, and attention that falls where there is coverage already is a loss:

    c^t = Σ_{t' < t} a^{t'}      (c of the first step is 0)
    loss = the mean over the batch of Σ_t Σ_i min(a^t_i, c^t_i)

Write the two functions. What is graded:

- Every row of `final_distribution` sums to 1: nothing is lost or counted twice. What is copied of a word that is in
  the source several times **adds up**, and comes on top of what is generated of it.
- p_gen may be exactly 0 or 1, and extended_size may equal V.
- `coverage_loss` returns a scalar tensor (). With a single step it is 0.
- Results have the dtype of the inputs (float32 or float64), the inputs stay as they were, and gradients flow back to
  p_gen, vocab_dist and attention, and to all attentions of `coverage_loss`, through the coverage too (away from ties
  a = c, where min has no derivative).

Try it by hand:

    >>> p_gen, vocab_dist = torch.tensor([[0.5]]), torch.tensor([[0.2, 0.2, 0.6]])
    >>> attention, source_ids = torch.tensor([[0.4, 0.2, 0.4]]), torch.tensor([[2, 3, 2]])
    >>> final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size=4)
    tensor([[0.1000, 0.1000, 0.7000, 0.1000]])
    >>> coverage_loss(torch.tensor([[[0.5, 0.5], [0.25, 0.75]]]))
    tensor(0.7500)
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def final_distribution(
    p_gen: Float[Tensor, "b 1"],
    vocab_dist: Float[Tensor, "b V"],
    attention: Float[Tensor, "b n"],
    source_ids: Int[Tensor, "b n"],
    extended_size: int,
) -> Float[Tensor, "b extended_size"]:
    """Mix generating and copying into one distribution over the extended vocabulary.

    Args:
        p_gen: the probability to generate rather than copy, (b, 1).
        vocab_dist: what would be generated, a distribution over the vocabulary, (b, V).
        attention: where it would be copied from, a distribution over the source, (b, n).
        source_ids: the word at each position of the source, int64, from 0 to extended_size - 1, (b, n).
        extended_size: how many words there are, V or more.

    Returns:
        The probability of every word, (b, extended_size).
    """
    raise NotImplementedError


def coverage_loss(attentions: Float[Tensor, "b t n"]) -> Float[Tensor, ""]:
    """Say how much of the attention went to where it had been before.

    Args:
        attentions: at each of t steps a distribution over the source, (b, t, n).

    Returns:
        The mean over the batch of the sum over steps and positions of min(attention, coverage), ().
    """
    raise NotImplementedError
