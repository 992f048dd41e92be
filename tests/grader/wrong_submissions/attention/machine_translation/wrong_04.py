# mistake: every bos is filtered out of the results, not only the one at the beginning
# diagnosis: every-bos-left-out
import math
from collections import Counter

import torch


def bleu(pred_seq, label_seq, k):
    if pred_seq == "":
        return 0.0
    p, l = pred_seq.split(" "), label_seq.split(" ")
    bp = math.exp(min(0, 1 - len(l) / len(p)))
    out = bp
    for n in range(1, k + 1):
        cp = Counter(" ".join(p[i : i + n]) for i in range(len(p) - n + 1))
        cl = Counter(" ".join(l[i : i + n]) for i in range(len(l) - n + 1))
        matched = sum(min(c, cl[g]) for g, c in cp.items())
        out *= (matched / (len(p) - n + 1)) ** (0.5**n)
    return out


def _clean(tokens, bos):
    return [t for t in tokens if t != bos]


def greedy_search(step, bos, eos, max_len):
    tokens = [bos]
    for _ in range(max_len):
        nxt = int(torch.argmax(step(tokens)))
        tokens = tokens + [nxt]
        if nxt == eos:
            break
    return _clean(tokens, bos)


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    beams = [{"tokens": [bos], "logp": 0.0, "score": 0.0}]
    for length in range(1, max_len + 1):
        pool = []
        for beam in beams:
            if beam["tokens"][-1] == eos:
                pool.append(beam)
                continue
            values, indices = step(beam["tokens"]).sort(descending=True)
            for value, index in zip(values[:beam_size].tolist(), indices[:beam_size].tolist()):
                logp = beam["logp"] + value
                pool.append({"tokens": beam["tokens"] + [index], "logp": logp, "score": logp / length**alpha})
        pool.sort(key=lambda beam: beam["score"], reverse=True)
        beams = pool[:beam_size]
        if all(beam["tokens"][-1] == eos for beam in beams):
            break
    return _clean(beams[0]["tokens"], bos), beams[0]["score"]
