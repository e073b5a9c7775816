"""The few parts of llama.cpp that Logatlas needs, with Python types and typed errors.

Nothing here is safe to share by threads, except ``NativeModel``'s tokenizer and ``NativeContext.abort``.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.llm.base import Message, ModelResponseError, ModelUnavailableError
from agents.llm.chat_template import PLAIN_TEMPLATE, ChatTemplate, ControlTokens
from models.llama_runtime import native, redirect_llama_log

_DONE, _ABORTED = 0, 2
_NO_TOKEN = -1
_GGML_TYPE_F32 = 0


class Aborted(Exception):  # noqa: N818 - not an error: somebody asked for it
    """``decode`` was interrupted by ``abort``; what the context held is undefined until ``forget()``."""


class Slot(NamedTuple):
    """One token to evaluate: where it stands, in which sequences, and whether its logits are wanted."""

    token: int
    position: int
    sequences: tuple[int, ...] = (0,)
    output: bool = False


class NativeModel:
    """The weights of a causal model in GGUF with its vocabulary, chat template and adapter.

    Raises:
        ModelUnavailableError: a file is missing or is not such a model; the message names the path.
    """

    def __init__(self, path: Path, *, gpu_layers: int = 0, lora: Path | None = None, lora_scale: float = 1.0) -> None:
        for file in (path, lora):
            if file is not None and not file.is_file():
                raise ModelUnavailableError(
                    f"the model file {file} is missing: run `logatlas models prepare` or `logatlas models fetch NAME`"
                )
        redirect_llama_log()
        native.llama_backend_init()
        params = native.llama_model_default_params()
        params.n_gpu_layers = gpu_layers if gpu_layers >= 0 else 2**31 - 1
        self.path = path
        self.handle = native.llama_model_load_from_file(os.fsencode(path), params)
        if not self.handle:
            raise ModelUnavailableError(f"llama.cpp cannot load {path}: it is damaged, or of an unknown architecture")
        self.lora_scale = lora_scale
        self.lora = None
        if lora is not None:
            self.lora = native.llama_adapter_lora_init(self.handle, os.fsencode(lora))
            if not self.lora:
                self.close()
                raise ModelUnavailableError(
                    f"llama.cpp cannot load the adapter {lora}: it is damaged, or not of {path}"
                )
        self._vocab = native.llama_model_get_vocab(self.handle)
        self.vocabulary_size: int = native.llama_vocab_n_tokens(self._vocab)
        self.trained_context: int = native.llama_model_n_ctx_train(self.handle)
        self._control = ControlTokens(self._control_tokens(), self._tokenize)
        bos, eos = native.llama_vocab_bos(self._vocab), native.llama_vocab_eos(self._vocab)
        self._bos = bos if native.llama_vocab_get_add_bos(self._vocab) else None
        source = native.llama_model_chat_template(self.handle, None)
        self._template = ChatTemplate(
            source.decode() if source else PLAIN_TEMPLATE, bos=self._spelling(bos), eos=self._spelling(eos)
        )
        # Asked of the template and not of the vocabulary, whose "end of turn" is a guess by names.
        end_of_turn = self._control.end_of_turn(self._template)
        self._end_of_turn = eos if end_of_turn is None else end_of_turn

    def close(self) -> None:
        """Free the weights; contexts must be closed before."""
        if self.handle:
            native.llama_model_free(self.handle)
            self.handle = None

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt of ``messages`` up to where the answer begins; no content becomes a control token."""
        tokens = self._control.encode(self._template.render(messages))
        if self._bos is not None and tokens[:1] != [self._bos]:
            tokens.insert(0, self._bos)
        return tokens

    def answer_tokens(self, answer: str) -> tuple[int, ...]:
        """``answer`` as the assistant's whole turn: its tokens and the end-of-turn token."""
        return (*self._tokenize(answer), self._end_of_turn)

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; nothing for control tokens."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = native.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def ends_answer(self, token: int) -> bool:
        """Whether the model says with this token that its answer is complete."""
        return bool(native.llama_vocab_is_eog(self._vocab, token))

    def _tokenize(self, text: str) -> list[int]:
        """The tokens of ``text``, none of them a control token. Lone surrogates become question marks."""
        if not text:
            return []
        data = text.encode("utf-8", "replace")
        room = len(data) + 1
        tokens = (native.llama_token * room)()
        count = native.llama_tokenize(self._vocab, data, len(data), tokens, room, False, False)
        if count < 0:
            raise ModelResponseError(f"a text of {len(data)} bytes cannot be tokenised")
        return tokens[:count]

    def _control_tokens(self) -> dict[str, int]:
        special = native.LLAMA_TOKEN_ATTR_CONTROL | native.LLAMA_TOKEN_ATTR_USER_DEFINED
        found = {}
        for token in range(self.vocabulary_size):
            if native.llama_vocab_get_attr(self._vocab, token) & special:
                found[self._spelling(token)] = token
        found.pop("", None)
        return found

    def _spelling(self, token: int) -> str:
        if token == _NO_TOKEN:
            return ""
        text: bytes | None = native.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", "replace") if text else ""


class NativeContext:
    """What a model has read so far (its KV cache), and the evaluation of more.

    ``size`` is the number of tokens that all ``sequences`` may hold together, ``batch`` the most tokens and
    ``outputs`` the most logits of one ``decode`` (at least ``sequences``); both set how much memory it takes.
    An ``exact`` context gives a token the same logits in whatever batches its past was evaluated, for twice the
    memory; otherwise they differ in the first decimal.

    Raises:
        ModelUnavailableError: llama.cpp cannot make one (memory, or no causal model).
    """

    def __init__(
        self,
        model: NativeModel,
        *,
        size: int,
        batch: int,
        threads: int,
        sequences: int = 1,
        outputs: int = 1,
        exact: bool = False,
    ) -> None:
        params = native.llama_context_default_params()
        params.n_ctx = size
        params.n_batch = params.n_ubatch = batch
        params.n_seq_max = sequences
        params.n_outputs_max = outputs
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True  # sequences share the cells of a common prefix
        params.no_perf = True
        if exact:
            # Flash attention picks its kernel by the size of the batch, and keys and values in F16 round anew in
            # each; measured on SmolLM2-135M, sums over a class name's tokens then move by up to 0.7.
            params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
            params.type_k = params.type_v = _GGML_TYPE_F32
        self._abort_flag = ctypes.create_string_buffer(2)
        params.abort_callback = _FLAG_IS_SET
        params.abort_callback_data = ctypes.cast(self._abort_flag, ctypes.c_void_p)
        self._vocabulary_size = model.vocabulary_size
        self.batch = batch
        self.handle = native.llama_init_from_model(model.handle, params)
        self._memory = native.llama_get_memory(self.handle) if self.handle else None
        if not self._memory:
            self.close()
            raise ModelUnavailableError(
                f"llama.cpp cannot run {model.path} with a context of {size} tokens: not enough memory, or not a "
                f"causal language model"
            )
        self._batch = native.llama_batch_init(batch, 0, sequences)
        if model.lora is not None:
            adapters = (native.llama_adapter_lora_p_ctypes * 1)(model.lora)
            scales = (ctypes.c_float * 1)(model.lora_scale)
            native.llama_set_adapters_lora(self.handle, adapters, 1, scales)

    def close(self) -> None:
        """Free the context."""
        if self.handle:
            if self._memory:
                native.llama_batch_free(self._batch)
            native.llama_free(self.handle)
            self.handle = None

    def abort(self) -> None:
        """Interrupt the running ``decode`` (on a CPU at once, on a GPU after it) and every later one; any thread."""
        self._abort_flag[0] = b"1"

    def rearm(self) -> None:
        """Let ``decode`` run again after ``abort``."""
        self._abort_flag[0] = b"\0"

    def forget(self, sequence: int = -1, start: int = 0) -> bool:
        """Remove a sequence (-1: all) from ``start`` on; false when the model can only forget whole sequences."""
        if sequence < 0:
            native.llama_memory_clear(self._memory, False)
            return True
        return bool(native.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def share(self, source: int, target: int) -> None:
        """Let ``target`` hold everything that ``source`` holds, without a copy."""
        native.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def decode(self, slots: Sequence[Slot]) -> None:
        """Evaluate at most ``batch`` tokens.

        Raises:
            Aborted: ``abort`` was called.
            ModelResponseError: llama.cpp refused or failed.
        """
        batch = self._batch
        batch.n_tokens = len(slots)
        for i, slot in enumerate(slots):
            batch.token[i] = slot.token
            batch.pos[i] = slot.position
            batch.n_seq_id[i] = len(slot.sequences)
            sequence_ids = batch.seq_id[i]
            for j, sequence in enumerate(slot.sequences):
                sequence_ids[j] = sequence
            batch.logits[i] = slot.output
        status = native.llama_decode(self.handle, batch)
        if status == _ABORTED or (status != _DONE and self._abort_flag[0] != b"\0"):
            raise Aborted
        if status != _DONE:
            raise ModelResponseError(f"llama.cpp could not evaluate {len(slots)} tokens (status {status})")

    def logits(self, slot: int) -> NDArray[np.float32]:
        """The logits of the vocabulary after a slot of the last ``decode``; valid until the next."""
        pointer = native.llama_get_logits_ith(self.handle, slot)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary_size,))


# llama.cpp asks for every node of the graph whether to go on. A Python callback would need the interpreter's lock
# each time, a thousand times a batch; C's strlen of a one-character buffer answers the same question without it:
# 0 while the buffer is empty, 1 once `abort` has written to it.
_FLAG_IS_SET = ctypes.cast(ctypes.CDLL(None).strlen, native.llama_cpp.ggml_abort_callback)
