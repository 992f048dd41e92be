"""Right: bleu by removing matched n-grams from a list, greedy by recursion, beams as tuples in a heap with top-k per beam."""

import heapq
import math


def bleu(pred_seq, label_seq, k):
    pred = pred_seq.split()
    label = label_seq.split()
    if not pred:
        return 0.0
    result = 1.0
    for n in range(k, 0, -1):
        left = [label[i : i + n] for i in range(len(label) - n + 1)]
        total = len(pred) - n + 1
        for i in range(total):
            gram = pred[i : i + n]
            if gram in left:
                left.remove(gram)
        matched = max(len(label) - n + 1, 0) - len(left)
        result *= (matched / total) ** (2.0**-n)
    if len(pred) < len(label):
        result *= math.exp(1 - len(label) / len(pred))
    return result


def greedy_search(step, bos, eos, max_len):
    def go_on(tokens, left):
        if left == 0:
            return []
        token = step(tokens).argmax().item()
        if token == eos:
            return [eos]
        return [token, *go_on([*tokens, token], left - 1)]

    return go_on([bos], max_len)


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    kept = [(0.0, 0.0, (), False)]  # score, sum, tokens, is it finished

    def candidates():
        for entry in kept:
            _, total, tokens, finished = entry
            if finished:
                yield entry
                continue
            log_probs = step([bos, *tokens])
            values, ids = log_probs.topk(min(beam_size, len(log_probs)))  # the others cannot be among the best
            for value, token in zip(values.tolist(), ids.tolist()):
                new = total + value
                yield new * (len(tokens) + 1) ** -alpha, new, (*tokens, token), token == eos

    for _ in range(max_len):
        kept = heapq.nlargest(beam_size, candidates(), key=lambda entry: entry[0])
        if all(entry[3] for entry in kept):
            break
    score, _, tokens, _ = kept[0]
    return list(tokens), score
