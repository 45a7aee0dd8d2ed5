"""Conversion between pairs and file rows; the only place that joins pairs with pandas and pyarrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

from cc_common.feedback.pairs import Pair, Prompt, Spans, Unpaired, bucket

Row = dict[str, Any]
HELD_OUT: Final = 0  # the bucket excluded from training


def held_out(prompt: Sequence[Mapping[str, str]]) -> bool:
    """Whether a prompt's question is excluded from training, in every night."""
    return bucket(prompt) == HELD_OUT


def of_pair(pair: Pair) -> Row:
    """A row for trl's DPOTrainer, with its provenance."""
    return {
        "prompt": [dict(message) for message in pair.prompt],
        "chosen": _said(pair.chosen),
        "rejected": _said(pair.rejected),
        "how": pair.how,
        "sources": list(pair.sources),
        "rating_ids": list(pair.rating_ids),
        "chosen_free": _listed(pair.chosen_free),
        "rejected_free": _listed(pair.rejected_free),
        "split": _split(pair.prompt),
    }


def of_thumb(thumb: Unpaired) -> Row:
    """A row for trl's KTOTrainer."""
    return {
        "prompt": [dict(message) for message in thumb.prompt],
        "completion": _said(thumb.completion),
        "label": thumb.up,
        "source": thumb.source,
        "rating_id": thumb.rating_id,
        "free": _listed(thumb.free),
        "split": _split(thumb.prompt),
    }


def to_pair(row: Row) -> Pair:
    """Inverts of_pair."""
    return Pair(
        prompt=tuple(row["prompt"]),
        chosen=row["chosen"][0]["content"],
        rejected=row["rejected"][0]["content"],
        how=row["how"],
        sources=tuple(row["sources"]),
        rating_ids=tuple(row["rating_ids"]),
        chosen_free=_tupled(row["chosen_free"]),
        rejected_free=_tupled(row["rejected_free"]),
    )


def to_thumb(row: Row) -> Unpaired:
    """Inverts of_thumb."""
    return Unpaired(
        prompt=tuple(row["prompt"]),
        completion=row["completion"][0]["content"],
        up=row["label"],
        source=row["source"],
        rating_id=row["rating_id"],
        free=_tupled(row["free"]),
    )


def _said(line: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": line}]


def _split(prompt: Prompt) -> str:
    return "held_out" if held_out(prompt) else "train"


def _listed(spans: Spans) -> list[list[int]]:
    return [list(span) for span in spans]


def _tupled(spans: list[list[int]]) -> Spans:
    return tuple((start, end) for start, end in spans)


def parquet(kind: str, rows: Sequence[Row]) -> bytes:
    """Writes the rows ("pairs" or "unpaired") as Parquet, with column types even when empty."""
    import pandas as pd

    schema, buffer = _schema(kind), BytesIO()
    frame = pd.DataFrame(list(rows), columns=schema.names)
    frame.to_parquet(buffer, engine="pyarrow", index=False, schema=schema)
    return buffer.getvalue()


def _schema(kind: str) -> Any:
    import pyarrow as pa

    messages = pa.list_(pa.struct({"role": pa.string(), "content": pa.string()}))
    spans, text = pa.list_(pa.list_(pa.int32())), pa.string()
    pairs = {
        "prompt": messages,
        "chosen": messages,
        "rejected": messages,
        "how": text,
        "sources": pa.list_(text),
        "rating_ids": pa.list_(pa.int64()),
        "chosen_free": spans,
        "rejected_free": spans,
        "split": text,
    }
    unpaired = {
        "prompt": messages,
        "completion": messages,
        "label": pa.bool_(),
        "source": text,
        "rating_id": pa.int64(),
        "free": spans,
        "split": text,
    }
    return pa.schema({"pairs": pairs, "unpaired": unpaired}[kind])
