# mistake: batch-first GRU; the embedded word comes before the context.
# diagnosis: word-before-context
import torch
from torch import nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(
            num_hiddens + embed_size, num_hiddens, num_layers,
            batch_first=True, dropout=dropout if num_layers > 1 else 0.0,
        )
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention = AdditiveAttention(
            key_size=num_hiddens, query_size=num_hiddens, num_hiddens=num_hiddens, dropout=dropout
        )

    def init_state(self, enc_outputs, enc_valid_lens):
        outputs, hidden = enc_outputs
        lens = enc_valid_lens if enc_valid_lens is None else enc_valid_lens.reshape(-1, 1)
        return [outputs.transpose(0, 1).contiguous(), hidden.clone(), lens]

    def forward(self, X, state):
        b, steps = X.shape
        memory, _, lens = state
        embedded = self.embedding(X)
        scores = memory.new_empty(b, steps, self.dense.out_features)
        weights = []
        for t in range(steps):
            context = self.attention(state[1][-1:].transpose(0, 1), memory, memory, lens)
            output, state[1] = self.rnn(torch.cat([embedded[:, t : t + 1], context], 2), state[1])
            scores[:, t] = self.dense(output[:, 0])
            weights.append(self.attention.attention_weights.detach().clone())
        self.attention_weights = weights
        return scores, state
