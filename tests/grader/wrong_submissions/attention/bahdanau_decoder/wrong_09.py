# mistake: the outputs stay (n, b, h) in the state, and are reshaped in every step.
# diagnosis: outputs-reshaped
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
        n, b, _ = outputs.shape
        if enc_valid_lens is None:
            enc_valid_lens = torch.full((b,), n, device=outputs.device)
        return [hidden_state, enc_valid_lens.clone(), outputs]

    def forward(self, X: Int[Tensor, "b steps"], state: list) -> tuple[Float[Tensor, "b steps vocab"], list]:
        b, steps = X.shape
        hiddens = self.dense.weight.new_zeros(b, steps, self.rnn.hidden_size)
        self.attention_weights = []
        self._write(0, steps, X, state, hiddens)
        return self.dense(hiddens), state

    def _write(self, first: int, end: int, X: Tensor, state: list, hiddens: Tensor) -> None:
        if end - first > 1:
            middle = (first + end) // 2
            self._write(first, middle, X, state, hiddens)
            self._write(middle, end, X, state, hiddens)
            return
        hidden_state, lengths, outputs = state
        memory = outputs.reshape(outputs.shape[1], outputs.shape[0], -1)
        context = self.attention(hidden_state[-1][:, None, :], memory, memory, lengths)
        self.attention_weights.append(self.attention.attention_weights)
        step = torch.cat([context.transpose(0, 1), self.embedding(X.T[first:end])], -1)
        out, state[0] = self.rnn(step, hidden_state)
        hiddens[:, first] = out[0]
