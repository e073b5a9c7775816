"""Write the packaged MiniLM weights (a BERT encoder, safetensors) as a GGUF file that llama.cpp loads.

Tensor names, the spelling of WordPiece tokens and the metadata keys are those of llama.cpp's BERT architecture, as
documented by the ``gguf`` package (``gguf.constants``: ``MODEL_ARCH.BERT``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
_BLOCK = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# llama.cpp adds these two to activations, which needs them in full precision.
_FULL_PRECISION = frozenset({"position_embd.weight", "token_types.weight"})


def write_gguf(folder: Path, target: Path) -> None:
    """Write ``target`` from ``config.json``, ``vocab.txt`` and ``model.safetensors`` in ``folder``.

    Matrices are stored as F16, vectors as F32; the pooler is left out because sentence embeddings of this model are
    the mean over tokens, which the file records as its pooling type.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokens = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    writer = gguf.GGUFWriter(target, "bert")
    _describe(writer, config)
    _add_tokenizer(writer, tokens)
    for name, tensor in _tensors(load_file(folder / "model.safetensors")):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter, config: Mapping[str, Any]) -> None:
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_token_type_count(config["type_vocab_size"])


def _add_tokenizer(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_spelling(token) for token in tokens])
    kinds = [gguf.TokenType.CONTROL if token in _SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    writer.add_token_types(kinds)
    number = {token: tokens.index(token) for token in _SPECIAL}
    writer.add_pad_token_id(number["[PAD]"])
    writer.add_unk_token_id(number["[UNK]"])
    writer.add_bos_token_id(number["[CLS]"])
    writer.add_sep_token_id(number["[SEP]"])
    writer.add_eos_token_id(number["[SEP]"])
    writer.add_mask_token_id(number["[MASK]"])


def _spelling(token: str) -> str:
    """A WordPiece token as llama.cpp spells it: words start with U+2581, continuations stand bare."""
    if token.startswith("[") and token.endswith("]"):
        return token
    return token[2:] if token.startswith("##") else f"\u2581{token}"


def _tensors(weights: Mapping[str, NDArray[Any]]) -> list[tuple[str, NDArray[Any]]]:
    named = []
    for name, tensor in weights.items():
        target = _EMBEDDINGS.get(name)
        if name.startswith("encoder.layer."):
            number, part = name.removeprefix("encoder.layer.").split(".", 1)
            module, _, kind = part.rpartition(".")
            target = f"blk.{number}.{_BLOCK[module]}.{kind}"
        if target is not None:
            matrix = tensor.ndim == 2 and target not in _FULL_PRECISION
            named.append((target, tensor.astype(np.float16 if matrix else np.float32)))
    return named
