"""Machine translation: searching for a sentence, and scoring it (《动手学深度学习》 9.7.6 预测序列的评估, 9.8 束搜索).

A decoder gives probabilities for the next token only; which sentence is to be read off them is a question of search.
Here the decoder is a function `step`: the tokens so far go in, `bos` first; the log-probabilities of the next one come
out. Below, what it gives after <bos>, after A and after B:

                <bos>   <eos>    A      B                              ┌─> <eos>  0.5 · 0.4 = 0.20   greedy search
    after <bos>  0       0.1    0.5    0.4      <bos> ──┬── A  0.5 ────┴─> A, B   0.5 · 0.3 = 0.15
    after A      0       0.4    0.3    0.3              └── B  0.4 ────┬─> <eos>  0.4 · 0.9 = 0.36   a beam of 2
    after B      0       0.9    0.1    0                               └─> A      0.4 · 0.1 = 0.04

Greedy search takes the most probable token, one after the other. Beam search keeps the `beam_size` best beginnings by
their score, in which long sentences are not punished for having more factors:

    score = (1 / L^alpha) · Σ log p        over the L tokens generated so far, <eos> among them

BLEU compares a prediction with a label (the reference translation): p_n is the precision of its n-grams,

    BLEU = exp(min(0, 1 − len_label / len_pred)) · p_1^(1/2) · p_2^(1/4) · … · p_k^(1/2^k)

Write the three functions. What is graded:

- `bleu`: words are separated by single spaces. p_n is the number of the prediction's n-grams that match one of the
  label's, divided by the number of the prediction's n-grams. An n-gram that the label has m times matches at most m
  times. 1 <= k <= number of words predicted; the label has at least one word.
- `step` takes a list of ints and returns a tensor (vocab,) of log-probabilities, float64; those graded are finite.
- Results of both searches leave out the `bos` at the beginning and nothing else: `eos` is in them if it was reached.
  They end with the first `eos`, or after `max_len` generated tokens. `bos` and `eos` differ; `step` may well predict
  `bos`, which is then a token like any other.
- `beam_search`, at every step: the candidates are the beams that are finished (they end with `eos`), just as they are,
  and all one-token extensions of the others; the `beam_size` best by score are kept, or all if there are not so many.
  It ends when all that are kept are finished or have `max_len` tokens, and returns the best of them and its score.
- There are no ties. `beam_size` and `max_len` are at least 1, alpha is at least 0. Scores are right to 1e-5.

Try it by hand (p_1 = 4/5, p_2 = 3/4, and five words for six):

    >>> round(bleu("A B B C D", "A B C D E F", k=2), 4)
    0.6815
    >>> P = torch.tensor([[0.0, 0.1, 0.5, 0.4], [0.0, 1.0, 0.0, 0.0], [0.0, 0.4, 0.3, 0.3], [0.0, 0.9, 0.1, 0.0]])
    >>> step = lambda tokens: torch.log(P[tokens[-1]])
    >>> greedy_search(step, bos=0, eos=1, max_len=5)
    [2, 1]
    >>> tokens, score = beam_search(step, bos=0, eos=1, beam_size=2, max_len=5)
    >>> tokens, round(score, 4)
    ([3, 1], -0.6075)

★ For a star (no points): the BLEU of an empty prediction is 0.0.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def bleu(pred_seq: str, label_seq: str, k: int) -> float:
    """Say how much a prediction resembles the label.

    Args:
        pred_seq: the prediction, words separated by spaces.
        label_seq: the right translation, words separated by spaces.
        k: the longest n-grams that count.

    Returns:
        Between 0 and 1; 1 if they are the same.
    """
    raise NotImplementedError


def greedy_search(step: Callable[[list[int]], Float[Tensor, " vocab"]], bos: int, eos: int, max_len: int) -> list[int]:
    """Generate tokens, at every step the most probable one.

    Args:
        step: the tokens so far, `bos` first -> log-probabilities of the next one, (vocab,).
        bos: the token that every sequence begins with.
        eos: the token that ends one.
        max_len: the most tokens to generate.

    Returns:
        The tokens generated, without `bos`; `eos` is the last one if it was reached.
    """
    raise NotImplementedError


def beam_search(
    step: Callable[[list[int]], Float[Tensor, " vocab"]],
    bos: int,
    eos: int,
    beam_size: int,
    max_len: int,
    alpha: float = 0.75,
) -> tuple[list[int], float]:
    """Generate tokens, keeping the `beam_size` beginnings with the best scores at every step.

    Args:
        step: the tokens so far, `bos` first -> log-probabilities of the next one, (vocab,).
        bos: the token that every sequence begins with.
        eos: the token that ends one.
        beam_size: how many beginnings are kept.
        max_len: the most tokens to generate.
        alpha: how much is made up for length: 0 not at all, 1 by the mean of the log-probabilities.

    Returns:
        The tokens of the best sequence, without `bos`, and its score (1 / L^alpha) · Σ log p.
    """
    raise NotImplementedError
