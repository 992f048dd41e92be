# mistake: the hidden state is detached before it becomes the query, so no gradient flows back through the queries
# diagnosis: query-detached
import torch
from torch import nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    """Bahdanau decoder."""

    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0):
        super().__init__()
        self.num_hiddens = num_hiddens
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self._weights = []

    @property
    def attention_weights(self):
        return self._weights

    def init_state(self, enc_outputs, enc_valid_lens):
        return enc_outputs[0].permute(1, 0, 2).contiguous(), enc_outputs[1], enc_valid_lens

    def _step(self, x, memory, hidden, lens):
        query = hidden[-1].detach().unsqueeze(1)
        context = self.attention(query, memory, memory, lens)
        self._weights.append(self.attention.attention_weights)
        inputs = torch.cat((context.squeeze(1), self.embedding(x)), dim=1)
        output, hidden = self.rnn(inputs.unsqueeze(0), hidden)
        return self.dense(output.squeeze(0)), hidden

    def forward(self, X, state):
        memory, hidden, lens = state
        self._weights = []
        scores = []
        for x in X.T:
            score, hidden = self._step(x, memory, hidden, lens)
            scores.append(score)
        return torch.stack(scores, 1), (memory, hidden, lens)
