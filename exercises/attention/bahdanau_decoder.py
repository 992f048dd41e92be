"""The Bahdanau decoder (《动手学深度学习》 10.4 Bahdanau 注意力).

Without attention, a decoder knows the source text only as one vector of fixed length. Here, before every step, it
looks at all outputs of the encoder again, and the context vector that it takes along fits the word that comes next:

    enc_outputs = (outputs (n, b, h), hidden_state (layers, b, h))          n source words, as the encoder left them
                            │
                            └─ init_state ──> state: outputs (b, n, h), hidden_state (layers, b, h), enc_valid_lens

    one step of X (b, steps), for the words x (b,):

    hidden_state[-1] (b, h) ────> query (b, 1, h) ──┐
    outputs (b, n, h) ──────────> keys and values ──┴─ attention ──> context (b, 1, h) ─┐
                                                                                        ├─ cat ──> (b, 1, h + e)
    x (b,) ────────────────────────── embedding ──────> (b, e) ──> (b, 1, e) ───────────┘             │
                                                                                                      │
        hidden_state, for the next step (layers, b, h) <──┬── rnn <──────── (1, b, h + e) <───────────┘
    step of the result (b, 1, vocab) <── dense <──────────┘

The query is the hidden state of the top layer as it was **before** the step: it says what has been written so far.

                      step 0   step 1       num_hiddens = 1; outputs 0.2, 0.4, 9.0 with enc_valid_len = 2
    weights           .5 .5 0  .5 .5 0      all parameters of the attention are 0: it is even, and the third is padding
    context             0.300    0.300      0.5 · 0.2 + 0.5 · 0.4
    candidate           0.291    0.291      tanh(context): the rest of the GRU's parameters is 0, hence its gates 1/2
    hidden state        0.196    0.243      (candidate + hidden state before) / 2; the encoder left 0.1

Write the class. What is graded:

- Sub-modules (their names are the keys of the state_dict): `attention`, your AdditiveAttention, whose three sizes are
  all num_hiddens; `embedding` (nn.Embedding); `rnn` (nn.GRU of num_layers layers); `dense` (nn.Linear). `rnn` reads the
  context first and the embedded word behind it.
- `init_state` makes a state of what the encoder returns, with the words first and the samples second. `forward` takes
  the state and the words, and returns the outputs and the state after them. Only your own methods look inside a state:
  it may be a list or a tuple, and `forward` may change it or return a new one: a state that was handed over is not used
  again. It holds everything that the decoder has to remember, so that one decoder can work on several texts in turn.
  The tensors of the encoder stay as they were.
- Words one at a time, each with the state that the one before returned, give the same as all words in one call.
- `enc_valid_lens` is None (no padding) or (b,), of any integer or floating type. Every length is at least 1; a length
  above n masks nothing. The padding of the source gets weight exactly 0.
- After each call `attention_weights` is a list with the weights (b, 1, n) of every step of this call.
- Dropout acts on the attention weights and between the layers of `rnn`, in training only; AdditiveAttention and nn.GRU
  do so by themselves, if you tell them. The default is 0.
- The result has the dtype of the parameters (float32, or float64 after `.double()`), and gradients flow back to all of
  them and to both tensors of the encoder, through all steps, those of earlier calls too.

Try it by hand:

    >>> decoder = Seq2SeqAttentionDecoder(vocab_size=1, embed_size=1, num_hiddens=1, num_layers=1)
    >>> for parameter in decoder.parameters():
    ...     _ = nn.init.zeros_(parameter)
    >>> _ = nn.init.ones_(decoder.dense.weight)
    >>> decoder.rnn.weight_ih_l0.data[2, 0] = 1.0  # the candidate (the third of three rows) reads the context
    >>> enc_outputs = torch.tensor([[[0.2]], [[0.4]], [[9.0]]]), torch.tensor([[[0.1]]])
    >>> state = decoder.init_state(enc_outputs, torch.tensor([2]))
    >>> outputs, state = decoder(torch.tensor([[0, 0]]), state)
    >>> outputs.detach()
    tensor([[[0.1957],
             [0.2435]]])
    >>> [weights.tolist() for weights in decoder.attention_weights]
    [[[[0.5, 0.5, 0.0]]], [[[0.5, 0.5, 0.0]]]]
"""

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.additive_attention import AdditiveAttention


class Seq2SeqAttentionDecoder(nn.Module):
    """A recurrent decoder that attends to the encoder's outputs before every step.

    Args:
        vocab_size: how many words there are.
        embed_size: features of an embedded word, e.
        num_hiddens: features of a hidden state, h; also those of the encoder's outputs.
        num_layers: layers of the GRU.
        dropout: the probability with which an attention weight, or a feature between two layers, is dropped in training.

    Attributes:
        attention: additive attention of the hidden state to the encoder's outputs.
        embedding: a vector for every word.
        rnn: the GRU over context and embedded word.
        dense: makes a score for every word of the vocabulary out of a hidden state.
        attention_weights: the weights of the last call, one (b, 1, n) for each of its steps.
    """

    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int, num_layers: int, dropout: float = 0):
        super().__init__()
        raise NotImplementedError

    def init_state(
        self,
        enc_outputs: tuple[Float[Tensor, "n b h"], Float[Tensor, "layers b h"]],
        enc_valid_lens: Num[Tensor, " b"] | None,
    ) -> list:
        """Make the state that decoding starts with.

        Args:
            enc_outputs: what the encoder returns: the outputs of its top layer for every source word, (n, b, h), and
                the last hidden state of each of its layers, (layers, b, h).
            enc_valid_lens: None, or how many source words of a sample are no padding, (b,).

        Returns:
            The state; the book's is [outputs (b, n, h), hidden_state (layers, b, h), enc_valid_lens].
        """
        raise NotImplementedError

    def forward(self, X: Int[Tensor, "b steps"], state: list) -> tuple[Float[Tensor, "b steps vocab"], list]:
        """Take one step for every word.

        Args:
            X: the numbers of the words, (b, steps); there is at least one step.
            state: from `init_state`, or from the call before.

        Returns:
            The scores of the next word after each of them, (b, steps, vocab_size), and the state after the last one.
        """
        raise NotImplementedError
