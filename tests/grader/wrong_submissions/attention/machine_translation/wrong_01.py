# mistake: n-grams are joined without a separator, so ("a", "bc") and ("ab", "c") count as the same 2-gram
# diagnosis: n-grams-glued
import collections
import math


def bleu(pred_seq, label_seq, k):
    pred_tokens, label_tokens = pred_seq.split(" "), label_seq.split(" ")
    len_pred, len_label = len(pred_tokens), len(label_tokens)
    score = math.exp(min(0, 1 - (len_label / len_pred)))
    for n in range(1, k + 1):
        num_matches, label_subs = 0, collections.defaultdict(int)
        for i in range(len_label - n + 1):
            label_subs["".join(label_tokens[i : i + n])] += 1
        for i in range(len_pred - n + 1):
            if label_subs["".join(pred_tokens[i : i + n])] > 0:
                num_matches += 1
                label_subs["".join(pred_tokens[i : i + n])] -= 1
        score *= math.pow(num_matches / (len_pred - n + 1), math.pow(0.5, n))
    return score


def greedy_search(step, bos, eos, max_len):
    tokens = [bos]
    for _ in range(max_len):
        token = step(tokens).argmax().item()
        tokens.append(token)
        if token == eos:
            break
    return tokens[1:]


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    beams = [([bos], 0.0)]

    def score(beam):
        tokens, total = beam
        return total / (len(tokens) - 1) ** alpha

    for _ in range(max_len):
        candidates = []
        for tokens, total in beams:
            if len(tokens) > 1 and tokens[-1] == eos:
                candidates.append((tokens, total))
                continue
            for token, logp in enumerate(step(tokens).tolist()):
                candidates.append((tokens + [token], total + logp))
        beams = sorted(candidates, key=score, reverse=True)[:beam_size]
        if all(tokens[-1] == eos for tokens, _ in beams):
            break
    best = max(beams, key=score)
    return best[0][1:], score(best)
