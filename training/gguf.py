"""Writes a GGUF with LoRA deltas: adds `scale * B @ A` to the adapted tensors of the base, copies the rest.

    python -m training gguf --adapter models/starter --out model.gguf

Only adapted tensors change type (to F16); tokenizer and metadata stay identical, which a converter cannot guarantee.
Then llama.cpp quantises (Q8_0 by default: a 4-bit grid would lose a small step). A version trained on another one is
the base plus all adapters of its lineage, summed in float32 and rounded once, so that rounding does not accumulate.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from cc_common.core.errors import InvalidInput, SetupError
from training.adapter import deltas

Delta = dict[str, np.ndarray]  # GGUF tensor name -> (out, in) float32
NAMES: Final = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILE_TYPES: Final = {"Q8_0": 7, "Q4_0": 2, "Q4_1": 3, "Q5_1": 9, "Q6_K": 18, "F16": 1}


def build_gguf(base: Path, adapters: Sequence[Path], out: Path, *, quantisation: str = "Q8_0") -> Path:
    """Patches and quantises into `out`, under a temporary name first; returns `out`."""
    if quantisation not in FILE_TYPES:
        raise InvalidInput(f"Unknown quantisation {quantisation!r}; known: {', '.join(FILE_TYPES)}.")
    patched, part = out.with_suffix(".patched"), out.with_suffix(".part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        patch_tensors(base, adapters, patched)
        quantise(patched, part, quantisation)
        _sync(part)
        part.rename(out)
    except OSError as exc:
        raise SetupError(f"Writing {out.name} failed: {exc.strerror or exc}. Free some space and try again.") from exc
    finally:
        patched.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
    return out


def patch_tensors(base: Path, adapters: Sequence[Path], out: Path) -> int:
    """Writes the base with the adapters' deltas added, adapted tensors as F16; returns how many were adapted."""
    from gguf import GGUFReader, GGUFWriter

    reader = GGUFReader(base)
    delta = lora_delta(adapters, _heads(reader))
    writer = GGUFWriter(out, arch=_text(reader, "general.architecture"))
    _copy_metadata(reader, writer)
    touched = sum([_add_tensor(writer, tensor, delta) for tensor in reader.tensors])
    if touched != len(delta):
        raise InvalidInput(
            f"The adapter does not belong to {base.name}: {len(delta) - touched} of its tensors are not there."
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return touched


def lora_delta(adapters: Sequence[Path], heads: dict[str, int]) -> Delta:
    """The sum of the adapters' deltas in llama.cpp's layout; `heads`: number of heads of attn_q and attn_k."""
    total: Delta = {}
    for adapter in adapters:
        for module, change in deltas(adapter):
            layer, part = module.split(".layers.")[1].split(".", 1)
            name = f"blk.{layer}.{NAMES[part]}.weight"
            total[name] = total[name] + change if name in total else change
    return {
        name: permute(change, heads[p]) if (p := name.split(".")[2]) in heads else change
        for name, change in total.items()
    }


def permute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Permutes to llama.cpp's interleaved rotary layout: (heads, 2, half, in) -> (heads, half, 2, in)."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _add_tensor(writer: Any, tensor: Any, delta: Delta) -> bool:
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    change = delta.get(tensor.name)
    if change is None:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        return False
    weight = dequantize(tensor.data, tensor.tensor_type)
    if weight.shape != change.shape:
        raise InvalidInput(f"{tensor.name} is {weight.shape}, the adapter's delta {change.shape}: not the same model.")
    writer.add_tensor(tensor.name, (weight + change).astype(np.float16), raw_dtype=GGMLQuantizationType.F16)
    return True


def _copy_metadata(reader: Any, writer: Any) -> None:
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        nested = field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=nested)


def _heads(reader: Any) -> dict[str, int]:
    arch = _text(reader, "general.architecture")
    return {
        "attn_q": int(reader.fields[f"{arch}.attention.head_count"].contents()),
        "attn_k": int(reader.fields[f"{arch}.attention.head_count_kv"].contents()),
    }


def _text(reader: Any, name: str) -> str:
    return str(reader.fields[name].contents())


def quantise(source: Path, out: Path, quantisation: str) -> None:
    """Quantises with llama.cpp; SetupError when it fails (most often a full disk)."""
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = FILE_TYPES[quantisation]
    parameters.nthread = os.cpu_count() or 1
    parameters.allow_requantize = True
    llama_cpp.llama_log_set(_silence(), ctypes.c_void_p(0))
    failed = llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), parameters)
    if failed:
        raise SetupError(f"llama.cpp could not quantise {source.name}; is the disk full?")


@cache
def _silence() -> Any:
    """Suppresses llama.cpp's log of every tensor; the callback is kept alive, as llama.cpp keeps calling it."""
    import llama_cpp

    return llama_cpp.llama_log_callback(lambda level, text, data: None)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
