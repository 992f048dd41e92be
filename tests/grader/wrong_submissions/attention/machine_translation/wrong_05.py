# mistake: no more beams than the vocabulary has tokens are kept at any step, since topk over (vocab,) could not give more. "the `beam_size` best by score are kept, or all if there are not so many".
# diagnosis: no-more-beams-than-words
import math
from collections import Counter

import torch


def bleu(pred_seq, label_seq, k):
    pred_tokens, label_tokens = pred_seq.split(), label_seq.split()
    len_pred, len_label = len(pred_tokens), len(label_tokens)
    if len_pred == 0:
        return 0.0
    score = math.exp(min(0, 1 - len_label / len_pred))
    for n in range(1, k + 1):
        num_matches, label_subs = 0, Counter()
        for i in range(len_label - n + 1):
            label_subs[" ".join(label_tokens[i : i + n])] += 1
        for i in range(len_pred - n + 1):
            gram = " ".join(pred_tokens[i : i + n])
            if label_subs[gram] > 0:
                num_matches += 1
                label_subs[gram] -= 1
        score *= math.pow(num_matches / (len_pred - n + 1), math.pow(0.5, n))
    return score


def greedy_search(step, bos, eos, max_len):
    tokens = [bos]
    for _ in range(max_len):
        token = int(torch.argmax(step(list(tokens))))
        tokens.append(token)
        if token == eos:
            break
    return tokens[1:]


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    beams = [([bos], 0.0)]  # tokens with bos, sum of log p

    def score(beam):
        tokens, total = beam
        return total / (len(tokens) - 1) ** alpha

    def finished(beam):
        return len(beam[0]) > 1 and beam[0][-1] == eos

    for t in range(1, max_len + 1):
        candidates = []
        for beam in beams:
            if finished(beam):
                candidates.append(beam)
                continue
            tokens, total = beam
            log_p = step(list(tokens))
            for token, value in enumerate(log_p.tolist()):
                candidates.append((tokens + [token], total + value))
        width = min(beam_size, log_p.shape[-1])
        beams = sorted(candidates, key=score, reverse=True)[:width]
        if all(finished(beam) for beam in beams):
            break
    best = max(beams, key=score)
    return best[0][1:], score(best)
