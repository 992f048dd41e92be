# mistake: an attention and a GRU written by hand; the scores go through a log-softmax.
# diagnosis: scores-made-into-log-probabilities
import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.W_k = nn.Linear(size, size, bias=False)
        self.W_q = nn.Linear(size, size, bias=False)
        self.w_v = nn.Linear(size, 1, bias=False)

    def forward(self, query, keys, padding):
        scores = self.w_v(torch.tanh(self.W_q(query)[:, None, :] + self.W_k(keys)))[..., 0]
        if padding is not None:
            scores = scores.masked_fill(padding, float("-inf"))
        return scores.softmax(dim=-1)


class GRU(nn.Module):
    def __init__(self, inputs, hiddens, layers, p):
        super().__init__()
        self.layers, self.p = layers, p
        for i in range(layers):
            self.register_parameter(f"weight_ih_l{i}", nn.Parameter(torch.randn(3 * hiddens, hiddens if i else inputs)))
            self.register_parameter(f"weight_hh_l{i}", nn.Parameter(torch.randn(3 * hiddens, hiddens)))
            self.register_parameter(f"bias_ih_l{i}", nn.Parameter(torch.zeros(3 * hiddens)))
            self.register_parameter(f"bias_hh_l{i}", nn.Parameter(torch.zeros(3 * hiddens)))

    def forward(self, x, hs):
        new = []
        for i, h in enumerate(hs):
            if i:
                x = F.dropout(x, self.p, self.training)
            ri, zi, ni = F.linear(x, getattr(self, f"weight_ih_l{i}"), getattr(self, f"bias_ih_l{i}")).chunk(3, dim=1)
            rh, zh, nh = F.linear(h, getattr(self, f"weight_hh_l{i}"), getattr(self, f"bias_hh_l{i}")).chunk(3, dim=1)
            r, z = torch.sigmoid(ri + rh), torch.sigmoid(zi + zh)
            n = torch.tanh(ni + r * nh)
            x = (1 - z) * n + z * h
            new.append(x)
        return tuple(new)


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0):
        super().__init__()
        self.attention = Attention(num_hiddens)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = GRU(num_hiddens + embed_size, num_hiddens, num_layers, dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.p = dropout

    def init_state(self, enc_outputs, enc_valid_lens):
        outputs, hidden = enc_outputs
        keys = torch.stack(outputs.unbind(1))
        padding = None
        if enc_valid_lens is not None:
            padding = torch.arange(keys.shape[1])[None] >= enc_valid_lens[:, None]
        return (tuple(hidden.unbind(0)), (keys, padding))

    def forward(self, X, state):
        hs, (keys, padding) = state
        self.attention_weights, scores = [], []
        for words in X.unbind(1):
            w = self.attention(hs[-1], keys, padding)
            self.attention_weights.append(w.unsqueeze(1))
            context = torch.einsum("bn,bnh->bh", F.dropout(w, self.p, self.training), keys)
            hs = self.rnn(torch.cat((context, self.embedding(words)), dim=1), hs)
            scores.append(self.dense(hs[-1]).log_softmax(dim=-1))
        return torch.stack(scores, dim=1), (hs, (keys, padding))
