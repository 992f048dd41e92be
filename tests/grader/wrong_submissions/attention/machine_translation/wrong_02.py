# mistake: at every step all candidates are divided by the current step's length, finished beams included
# diagnosis: chosen-by-the-sum
import math
from collections import Counter
from collections.abc import Callable

from torch import Tensor


def bleu(pred_seq: str, label_seq: str, k: int) -> float:
    if not pred_seq:
        return 0.0
    pred, label = pred_seq.split(), label_seq.split()
    result = math.exp(min(0.0, 1 - len(label) / len(pred)))
    for n in range(1, k + 1):
        have = Counter(zip(*[pred[i:] for i in range(n)]))
        want = Counter(zip(*[label[i:] for i in range(n)]))
        result *= ((have & want).total() / have.total()) ** (0.5**n)
    return result


def greedy_search(step: Callable[[list[int]], Tensor], bos: int, eos: int, max_len: int) -> list[int]:
    out: list[int] = []
    while len(out) < max_len and (not out or out[-1] != eos):
        out.append(int(step([bos, *out]).argmax()))
    return out


def beam_search(
    step: Callable[[list[int]], Tensor], bos: int, eos: int, beam_size: int, max_len: int, alpha: float = 0.75
) -> tuple[list[int], float]:
    beams: list[tuple[list[int], float]] = [([], 0.0)]
    best: tuple[list[int], float] = ([], 0.0)
    for length in range(1, max_len + 1):
        norm = 1 / length**alpha
        scored = []
        for tokens, total in beams:
            if tokens and tokens[-1] == eos:
                scored.append((total * norm, tokens, total))
            else:
                for token, logp in enumerate(step([bos] + tokens).tolist()):
                    scored.append(((total + logp) * norm, tokens + [token], total + logp))
        scored.sort(key=lambda entry: -entry[0])
        beams = [(tokens, total) for _, tokens, total in scored[:beam_size]]
        best = beams[0]
        if all(tokens[-1] == eos for tokens, _ in beams):
            break
    tokens, total = best
    return tokens, total / len(tokens) ** alpha
