"""Generates the reference page of the endpoints from the OpenAPI document: python -m api.reference writes it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from api.app import create_app
from cc_common.core.settings import Settings
from cc_common.operations.reference import markdown, wrapped, write_page


def endpoints_page(document: Mapping[str, Any]) -> str:
    """Returns the page of every endpoint: what it does, its parameters, its body and its statuses."""
    intro = (
        "A running API serves this description as `/openapi.json`, and at `/openapi` as a page that can call it. Times "
        "are ISO 8601 in UTC, windows are half-open `[start, end)`, lists come as `{items, total, next}`, and errors "
        "are problem+json (RFC 9457) with the request's id."
    )
    return markdown("Endpoints", intro, _parts(document))


def _parts(document: Mapping[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"## {tag['name'].capitalize()}"
        if tag.get("description"):
            yield wrapped(tag["description"])
        for path, verbs in document["paths"].items():
            for verb, operation in verbs.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation_parts(document, f"{verb.upper()} {path}", operation)


def _operation_parts(document: Mapping[str, Any], title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{title}`"
    text = f"{operation['summary']} {operation.get('description') or ''}"
    yield wrapped(re.sub(r"<br/?>", " ", text))
    items = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    items += _body_fields(document, operation)
    if items:
        yield "\n".join(wrapped(item, "* ") for item in items)
    statuses = sorted(operation["responses"])
    yield wrapped("Statuses: " + ", ".join(statuses) + ".")


def _parameter(parameter: Mapping[str, Any]) -> str:
    need = "required" if parameter.get("required") else "optional"
    return f"`{parameter['name']}` ({parameter['in']}, {need}): {parameter.get('description', '')}".rstrip(": ")


def _body_fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref")
    if reference is None:
        return []
    schema = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    required = schema.get("required", ())
    return [_field(name, name in required, field) for name, field in schema.get("properties", {}).items()]


def _field(name: str, required: bool, field: Mapping[str, Any]) -> str:
    need = "required" if required else "optional"
    return f"`{name}` (body, {need}): {field.get('description', '')}".rstrip(": ")


def main() -> None:
    """Writes docs/reference/endpoints.md."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(_env_file=None, data_dir=Path(folder)))
        write_page("endpoints", endpoints_page(app.api_doc))


if __name__ == "__main__":
    main()
