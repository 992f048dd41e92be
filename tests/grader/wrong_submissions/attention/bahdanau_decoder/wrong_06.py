# mistake: the hidden state that is returned is detached, so gradients end at the border of a call when words come one at a time.
# diagnosis: returned-state-detached
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int, num_layers: int, dropout: float = 0):
        super().__init__()
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(embed_size + num_hiddens, num_hiddens, num_layers, dropout=dropout)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention_weights = []

    def init_state(
        self,
        enc_outputs: tuple[Float[Tensor, "n b h"], Float[Tensor, "layers b h"]],
        enc_valid_lens: Num[Tensor, " b"] | None,
    ) -> list:
        outputs, hidden_state = enc_outputs
        return [outputs.permute(1, 0, 2), hidden_state, enc_valid_lens]

    def forward(self, X: Int[Tensor, "b steps"], state: list) -> tuple[Float[Tensor, "b steps vocab"], list]:
        enc_outputs, hidden_state, enc_valid_lens = state
        embedded = self.embedding(X).permute(1, 0, 2)
        outputs, self.attention_weights = [], []
        for x in embedded:
            query = hidden_state[-1].unsqueeze(1)
            context = self.attention(query, enc_outputs, enc_outputs, enc_valid_lens)
            x = torch.cat([context, x.unsqueeze(1)], dim=-1)
            out, hidden_state = self.rnn(x.permute(1, 0, 2), hidden_state)
            outputs.append(out)
            self.attention_weights.append(self.attention.attention_weights)
        outputs = self.dense(torch.cat(outputs, dim=0))
        return outputs.permute(1, 0, 2), [enc_outputs, hidden_state.detach(), enc_valid_lens]
