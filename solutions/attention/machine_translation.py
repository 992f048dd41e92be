"""Machine translation: the reference."""

import math
from collections import Counter
from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor


def bleu(pred_seq: str, label_seq: str, k: int) -> float:
    def ngrams(words, n):
        return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))

    pred, label = pred_seq.split(), label_seq.split()
    if len(pred) < k:
        return 0.0  # there is no n-gram of k words: p_k = 0
    score = math.exp(min(0, 1 - len(label) / len(pred)))
    for n in range(1, k + 1):
        predicted, wanted = ngrams(pred, n), ngrams(label, n)
        matches = predicted & wanted  # the smaller of the two counts
        score *= (matches.total() / predicted.total()) ** (1 / 2**n)
    return score


def greedy_search(step: Callable[[list[int]], Float[Tensor, " vocab"]], bos: int, eos: int, max_len: int) -> list[int]:
    tokens = [bos]
    for _ in range(max_len):
        tokens.append(int(step(tokens).argmax()))
        if tokens[-1] == eos:
            break
    return tokens[1:]


def beam_search(
    step: Callable[[list[int]], Float[Tensor, " vocab"]],
    bos: int,
    eos: int,
    beam_size: int,
    max_len: int,
    alpha: float = 0.75,
) -> tuple[list[int], float]:
    def score(beam):
        tokens, total = beam
        return total / (len(tokens) - 1) ** alpha  # bos was not generated

    beams = [([bos], 0.0)]  # tokens and Σ log p
    for _ in range(max_len):
        candidates = []
        for tokens, total in beams:
            if tokens[-1] == eos:
                candidates.append((tokens, total))  # finished: it stays as it is
            else:
                log_probs = step(tokens).tolist()  # vocab numbers
                candidates += [([*tokens, token], total + log_p) for token, log_p in enumerate(log_probs)]
        beams = sorted(candidates, key=score, reverse=True)[:beam_size]
    return beams[0][0][1:], score(beams[0])
