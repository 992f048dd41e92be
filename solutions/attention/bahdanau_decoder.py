"""The Bahdanau decoder: the reference."""

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int, num_layers: int, dropout: float = 0):
        super().__init__()
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(
        self,
        enc_outputs: tuple[Float[Tensor, "n b h"], Float[Tensor, "layers b h"]],
        enc_valid_lens: Num[Tensor, " b"] | None,
    ) -> list:
        outputs, hidden_state = enc_outputs  # (n, b, h), (layers, b, h)
        return [outputs.permute(1, 0, 2), hidden_state, enc_valid_lens]  # (b, n, h), (layers, b, h), (b,)

    def forward(self, X: Int[Tensor, "b steps"], state: list) -> tuple[Float[Tensor, "b steps vocab"], list]:
        enc_outputs, hidden_state, enc_valid_lens = state  # (b, n, h), (layers, b, h), (b,)
        outputs, self.attention_weights = [], []
        for x in self.embedding(X).permute(1, 0, 2):  # (b, e), step by step
            query = hidden_state[-1].unsqueeze(1)  # (b, 1, h), before this step
            context = self.attention(query, enc_outputs, enc_outputs, enc_valid_lens)  # (b, 1, h)
            x = torch.cat((context, x.unsqueeze(1)), dim=-1)  # (b, 1, h + e)
            output, hidden_state = self.rnn(x.permute(1, 0, 2), hidden_state)  # (1, b, h), (layers, b, h)
            outputs.append(output)
            self.attention_weights.append(self.attention.attention_weights)  # (b, 1, n)
        outputs = self.dense(torch.cat(outputs))  # (steps, b, vocab)
        return outputs.permute(1, 0, 2), [enc_outputs, hidden_state, enc_valid_lens]
