"""Products of probabilities instead of sums of logarithms; each beam pruned by itself before they compete; greedy is a beam of 1."""

import math

import torch


def bleu(pred_seq, label_seq, k):
    pred, label = pred_seq.split(), label_seq.split()
    score = 1.0 if len(pred) > len(label) else math.exp(1 - len(label) / max(len(pred), 1))
    for n in range(1, k + 1):
        left = [label[i : i + n] for i in range(len(label) - n + 1)]
        hits = 0
        total = 0
        for i in range(len(pred) - n + 1):
            total += 1
            gram = pred[i : i + n]
            if gram in left:
                left.remove(gram)
                hits += 1
        score *= math.sqrt(hits / total) if n == 1 and total else (hits / max(total, 1)) ** (0.5**n)
    return score


def greedy_search(step, bos, eos, max_len):
    return beam_search(step, bos, eos, 1, max_len)[0]


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    alive, frozen = [(1.0, [bos])], []

    def value(item):
        p, tokens = item
        return math.log(p) / (len(tokens) - 1) ** alpha

    for _ in range(max_len):
        pool = list(frozen)
        for p, tokens in alive:
            values, ids = step(tokens).exp().sort(descending=True)
            for q, token in zip(values[:beam_size].tolist(), ids[:beam_size].tolist()):
                pool.append((p * q, tokens + [token]))
        pool.sort(key=value)
        kept = pool[-beam_size:]
        frozen = [item for item in kept if item[1][-1] == eos]
        alive = [item for item in kept if item[1][-1] != eos]
        if not alive:
            break
    best = max(frozen + alive, key=value)
    return best[1][1:], value(best)
