# mistake: dropout is handed to the attention only, the GRU drops nothing between its layers
# diagnosis: dropout-not-between-layers
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int, num_layers: int, dropout: float = 0):
        super().__init__()
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(num_hiddens + embed_size, num_hiddens, num_layers=num_layers)
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention_weights: list[Tensor] = []

    def init_state(
        self,
        enc_outputs: tuple[Float[Tensor, "n b h"], Float[Tensor, "layers b h"]],
        enc_valid_lens: Num[Tensor, " b"] | None,
    ) -> list:
        outputs, hidden_state = enc_outputs
        return [outputs.transpose(0, 1), hidden_state, enc_valid_lens]

    def forward(self, X: Int[Tensor, "b steps"], state: list) -> tuple[Float[Tensor, "b steps vocab"], list]:
        keys, hidden, lens = state
        embedded = self.embedding(X)
        self.attention_weights = []
        scores = []
        for step in range(X.shape[1]):
            context = self.attention(hidden[-1][:, None], keys, keys, lens)
            self.attention_weights.append(self.attention.attention_weights)
            inputs = torch.cat([context, embedded[:, step : step + 1]], dim=2)
            out, hidden = self.rnn(inputs.transpose(0, 1), hidden)
            scores.append(self.dense(out[0]))
        return torch.stack(scores, dim=1), [keys, hidden, lens]
