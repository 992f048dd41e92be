"""Right: the state list is changed in place, one helper per step, attention_weights is a property."""

from typing import Any

import torch
from torch import Tensor, nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int, num_layers: int, dropout: float = 0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self._seen: list[Tensor] = []

    @property
    def attention_weights(self) -> list[Tensor]:
        return list(self._seen)

    def init_state(self, enc_outputs: tuple[Tensor, Tensor], enc_valid_lens: Tensor | None) -> list[Any]:
        outputs, hidden_state = enc_outputs
        return [outputs.swapaxes(0, 1), hidden_state.clone(), enc_valid_lens]

    def one_word(self, word: Tensor, state: list[Any]) -> Tensor:
        memory, hidden, lens = state
        query = hidden[-1].unsqueeze(1)  # (b, 1, h)
        context = self.attention(query, memory, memory, lens)
        self._seen.append(self.attention.attention_weights)
        step = torch.cat((context.permute(1, 0, 2), self.embedding(word)[None]), dim=2)
        out, state[1] = self.rnn(step, hidden)
        return out

    def forward(self, X: Tensor, state: list[Any]) -> tuple[Tensor, list[Any]]:
        self._seen = []
        outs = torch.cat([self.one_word(word, state) for word in X.unbind(1)])
        return self.dense(outs).transpose(0, 1), state
