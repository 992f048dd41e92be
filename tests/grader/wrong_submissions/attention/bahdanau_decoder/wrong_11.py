# mistake: the state is a tuple in an order of its own; the lengths never reach the attention.
# diagnosis: lengths-ignored
import torch
from torch import nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0):
        super().__init__()
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(
            input_size=num_hiddens + embed_size,
            hidden_size=num_hiddens,
            num_layers=num_layers,
            dropout=dropout if num_layers > 1 else 0.0,  # no warning with a single layer
            batch_first=True,
        )
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention_weights = []

    def init_state(self, enc_outputs, enc_valid_lens):
        outputs, hidden = enc_outputs
        return hidden, enc_valid_lens, outputs

    def forward(self, X, state):
        hidden, lens, outputs = state
        memory = torch.einsum("nbh->bnh", outputs)
        b, steps = X.shape
        result = memory.new_zeros(b, steps, self.dense.out_features)
        weights = []
        for i in range(steps):
            context = self.attention(hidden[-1:].transpose(0, 1), memory, memory, None)
            weights.append(self.attention.attention_weights)
            out, hidden = self.rnn(torch.cat([context, self.embedding(X[:, i : i + 1])], -1), hidden)
            result[:, i] = self.dense(out[:, 0])
        self.attention_weights = weights
        return result, (hidden, lens, outputs)
