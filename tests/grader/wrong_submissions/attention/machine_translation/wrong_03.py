# mistake: beams are kept by their plain sum of log-probabilities, the length only counts in the choice at the end
# diagnosis: kept-by-the-sum
import math

import torch


def _ngrams(words, n):
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def bleu(pred_seq, label_seq, k):
    pred, label = pred_seq.split(" "), label_seq.split(" ")
    score = math.exp(min(0, 1 - len(label) / len(pred)))
    for n in range(1, k + 1):
        rest = _ngrams(label, n)
        grams = _ngrams(pred, n)
        hits = 0
        for gram in grams:
            if gram in rest:
                rest.remove(gram)
                hits += 1
        score *= (hits / len(grams)) ** (1 / 2**n)
    return score


def greedy_search(step, bos, eos, max_len):
    seq = [bos]
    while len(seq) <= max_len:
        seq.append(torch.argmax(step(seq)).item())
        if seq[-1] == eos:
            break
    return seq[1:]


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    beams = [(0.0, [bos], False)]
    for _ in range(max_len):
        if all(done for _, _, done in beams):
            break
        candidates = []
        for total, seq, done in beams:
            if done:
                candidates.append((total, seq, True))
            else:
                logp = step(seq)
                for token in range(len(logp)):
                    candidates.append((total + logp[token].item(), seq + [token], token == eos))
        beams = sorted(candidates, key=lambda c: c[0], reverse=True)[:beam_size]

    def final(beam):
        return beam[0] / (len(beam[1]) - 1) ** alpha

    best = max(beams, key=final)
    return best[1][1:], final(best)
