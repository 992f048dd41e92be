"""A class for a hypothesis that caches its score, heapq.nlargest, a recursion for greedy search, regular expressions for the words."""

import heapq
import math
import re
from dataclasses import dataclass

import torch


def bleu(pred_seq, label_seq, k):
    pred, label = re.findall(r"\S+", pred_seq), re.findall(r"\S+", label_seq)
    if not pred:
        return 0
    logs = min(0.0, 1 - len(label) / len(pred))
    for n in range(1, k + 1):
        mine = [tuple(pred[i : i + n]) for i in range(len(pred)) if i + n <= len(pred)]
        theirs = [tuple(label[i : i + n]) for i in range(len(label)) if i + n <= len(label)]
        p = sum(min(mine.count(g), theirs.count(g)) for g in set(mine)) / len(mine) if mine else 0
        if p == 0:
            return 0.0
        logs += math.log(p) / 2**n
    return math.exp(logs)


def greedy_search(step, bos, eos, max_len):
    def rest(tokens, left):
        if left == 0 or (len(tokens) > 1 and tokens[-1] == eos):
            return []
        best = max(enumerate(step(tokens).tolist()), key=lambda pair: pair[1])[0]
        return [best] + rest(tokens + [best], left - 1)

    return rest([bos], max_len)


@dataclass
class Hypothesis:
    tokens: tuple
    log_p: float
    alpha: float
    finished: bool = False

    @property
    def score(self):
        return self.log_p / math.pow(len(self.tokens), self.alpha) if self.tokens else 0.0

    def grow(self, step, bos, eos):
        log_probs = step([bos, *self.tokens])
        for token in range(len(log_probs)):
            yield Hypothesis(self.tokens + (token,), self.log_p + log_probs[token].item(), self.alpha, token == eos)


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    beam = [Hypothesis((), 0.0, alpha)]
    length = 0
    while length < max_len and not all(h.finished for h in beam):
        pool = [h for h in beam if h.finished]
        for h in beam:
            if not h.finished:
                pool.extend(h.grow(step, bos, eos))
        beam = heapq.nlargest(beam_size, pool, key=lambda h: h.score)
        length += 1
    winner = max(beam, key=lambda h: h.score)
    return list(winner.tokens), winner.score
