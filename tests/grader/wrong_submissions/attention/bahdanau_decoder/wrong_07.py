# mistake: the state is a dictionary; the query is the bottom layer.
# diagnosis: bottom-layer-asks
import torch
from torch import nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0):
        super().__init__()
        sizes = [num_hiddens] * 3
        self.attention = AdditiveAttention(*sizes, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(self, enc_outputs, enc_valid_lens):
        return {"memory": enc_outputs[0], "hidden": enc_outputs[1], "lens": enc_valid_lens}

    def step(self, word, state):
        memory = state["memory"].swapaxes(0, 1)
        context = self.attention(state["hidden"][0][:, None], memory, memory, state["lens"])[:, 0]
        out, hidden = self.rnn(torch.hstack([context, self.embedding(word)])[None], state["hidden"])
        return self.dense(out[0]), self.attention.attention_weights, {**state, "hidden": hidden}

    def forward(self, X, state):
        score, weights, state = self.step(X[:, 0], state)
        if X.shape[1] == 1:
            self.attention_weights = [weights]
            return score[:, None], state
        later, state = self(X[:, 1:], state)
        self.attention_weights = [weights, *self.attention_weights]
        return torch.cat([score[:, None], later], dim=1), state
