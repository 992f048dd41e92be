"""The book's bleu (d2l 0.17.6, 9.7.6) and its predict_seq2seq loop; a beam search in tensors with topk, as 9.8 describes it."""

import collections
import math

import torch


def bleu(pred_seq, label_seq, k):  #@save
    """计算BLEU"""
    pred_tokens, label_tokens = pred_seq.split(' '), label_seq.split(' ')
    len_pred, len_label = len(pred_tokens), len(label_tokens)
    score = math.exp(min(0, 1 - len_label / len_pred))
    for n in range(1, k + 1):
        num_matches, label_subs = 0, collections.defaultdict(int)
        for i in range(len_label - n + 1):
            label_subs[' '.join(label_tokens[i: i + n])] += 1
        for i in range(len_pred - n + 1):
            if label_subs[' '.join(pred_tokens[i: i + n])] > 0:
                num_matches += 1
                label_subs[' '.join(pred_tokens[i: i + n])] -= 1
        score *= math.pow(num_matches / (len_pred - n + 1), math.pow(0.5, n))
    return score


def greedy_search(step, bos, eos, max_len):
    dec_X, output_seq = [bos], []
    for _ in range(max_len):
        Y = step(dec_X)
        # 我们使用具有预测最高可能性的词元，作为解码器在下一时间步的输入
        pred = Y.argmax(dim=0).type(torch.int32).item()
        output_seq.append(pred)
        # 一旦序列结束词元被预测，输出序列的生成就完成了
        if pred == eos:
            break
        dec_X = dec_X + [pred]
    return output_seq


def beam_search(step, bos, eos, beam_size, max_len, alpha=0.75):
    sequences, log_probs = [[]], torch.zeros(1)
    done = [False]
    while not all(done):
        rows, owners, words = [], [], []
        for i, seq in enumerate(sequences):
            if done[i]:
                rows.append(log_probs[i].reshape(1))
                owners.append(i)
                words.append(None)
            else:
                Y = step([bos] + seq)
                rows.append(log_probs[i] + Y)
                owners += [i] * len(Y)
                words += range(len(Y))
        sums = torch.cat(rows)
        lengths = torch.tensor([len(sequences[i]) + (w is not None) for i, w in zip(owners, words)])
        scores = sums / lengths**alpha
        values, kept = torch.topk(scores, min(beam_size, len(scores)))
        log_probs = sums[kept]
        sequences = [sequences[owners[j]] + ([] if words[j] is None else [words[j]]) for j in kept.tolist()]
        done = [seq[-1] == eos or len(seq) == max_len for seq in sequences]
    return sequences[0], values[0].item()
