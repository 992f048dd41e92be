"""Right: tensors - all candidates' scores in one vector, one topk over it; bleu in logarithms."""

import math
from collections import Counter

import torch


def bleu(pred_seq: str, label_seq: str, k: int) -> float:
    if len(pred_seq) == 0:
        return 0.0
    words, right = pred_seq.split(" "), label_seq.split(" ")
    log_bleu = min(0.0, 1.0 - len(right) / len(words))
    for n in range(1, k + 1):
        allowed = Counter(tuple(right[i : i + n]) for i in range(len(right) - n + 1))
        found = 0
        for i in range(len(words) - n + 1):
            gram = tuple(words[i : i + n])
            if allowed[gram]:
                allowed[gram] -= 1
                found += 1
        if found == 0:
            return 0.0
        log_bleu += math.log(found / (len(words) - n + 1)) / 2**n
    return math.exp(log_bleu)


def greedy_search(step, bos, eos, max_len):
    tokens = []
    for _ in range(max_len):
        tokens += [step([bos] + tokens).max(dim=0).indices.item()]
        if tokens[-1] == eos:
            return tokens
    return tokens


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    sequences = [[bos]]
    sums = torch.zeros(1, dtype=torch.float64)
    while True:
        open_ = [len(s) == 1 or (s[-1] != eos and len(s) <= max_len) for s in sequences]
        if not any(open_):
            break
        new_sequences, new_sums = [], []
        for sequence, total, go_on in zip(sequences, sums, open_):
            if go_on:
                log_p = step(list(sequence)).to(torch.float64)
                new_sequences += [sequence + [token] for token in range(log_p.numel())]
                new_sums.append(total + log_p)
            else:
                new_sequences.append(sequence)
                new_sums.append(total.reshape(1))
        flat = torch.cat(new_sums)
        lengths = torch.tensor([len(s) - 1 for s in new_sequences], dtype=torch.float64)
        best = (flat / lengths**alpha).topk(min(beam_size, len(flat))).indices
        sequences = [new_sequences[i] for i in best.tolist()]
        sums = flat[best]
    tokens = sequences[0][1:]
    return tokens, sums[0].item() / len(tokens) ** alpha
