# mistake: the encoder's outputs are kept in the decoder instead of the state, so a second init_state spoils the first text
# diagnosis: memory-kept-in-the-decoder
import torch
from torch import nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0):
        super().__init__()
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers, batch_first=True, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.memory = None
        self.attention_weights = []

    def init_state(self, enc_outputs, enc_valid_lens):
        outputs, hidden = enc_outputs
        self.memory = outputs.permute(1, 0, 2)  # never changes while decoding, no need to pass it around
        return [hidden, enc_valid_lens]

    def forward(self, X, state):
        hidden, lens = state
        self.attention_weights = []
        result = []
        for x in X.split(1, dim=1):
            query = hidden[-1].unsqueeze(1)
            context = self.attention(query, self.memory, self.memory, lens)
            self.attention_weights.append(self.attention.attention_weights)
            out, hidden = self.rnn(torch.cat((context, self.embedding(x)), dim=-1), hidden)
            result.append(out)
        return self.dense(torch.cat(result, dim=1)), [hidden, lens]
