"""What every request and response shares: strict bodies, plain text, instants in UTC, and the problem report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tab and line breaks
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """A JSON body: types are never converted and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Parameters(BaseModel):
    """Query or path parameters: read from text, unknown ones refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(BaseModel):
    """A response body, read from the attributes of ours."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("plain_text", "Control characters are not allowed")
    return text


def _in_range(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise PydanticCustomError("instant", "The time must lie between 1970 and 2200")
    return moment.astimezone(UTC)


Plain = AfterValidator(_plain)  # to be put after a str's bounds
Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]
Utc = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class Page(Reply, Generic[Item]):
    """One page of a list."""

    items: Sequence[Item]
    total: int = Field(description="How many there are in all, under the same filters.")
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class FieldError(Reply):
    """One thing that is wrong with one field."""

    field: str = Field(
        description="Where: a field's name, dotted for nested ones; empty for the whole.", examples=["query"]
    )
    message: str = Field(description="What is wrong.", examples=["String should have at most 2000 characters"])


class Part(Reply):
    """One part of the system and how it is."""

    name: str = Field(description="The part.", examples=["model"])
    ready: bool = Field(description="Whether it does its work.")
    needed: bool = Field(description="Whether questions go unanswered without it.")
    reason: str = Field(
        description="Why it is not ready; what it is, when it is.", examples=["The model is still loading."]
    )


class Problem(Reply):
    """What went wrong (RFC 9457 problem+json); the same shape for every error."""

    type: str = Field(description="The kind of problem.", examples=["urn:command-center:problem:not-found"])
    title: str = Field(description="The kind of problem in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What happened here.", examples=["There is no equipment 'chiller_999'."])
    instance: str = Field(description="The path that was asked for.", examples=["/api/v1/equipment/chiller_999"])
    request_id: str = Field(description="Names this request in the log; also the header X-Request-Id.")
    errors: Sequence[FieldError] = Field(default=(), description="What is wrong with the input, field by field.")
    parts: Sequence[Part] = Field(default=(), description="Of /readyz: every part and how it is.")
