"""GET /audit: who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from api.schemas.common import Parameters, Reply, Utc
from cc_common.operations.status import Action


class AuditParameters(Parameters):
    """Which entries."""

    action: Action | None = Field(None, description="One kind of act only.")
    limit: int = Field(100, ge=1, le=1000, description="Most entries of a page.")
    cursor: int | None = Field(None, ge=1, le=2**63 - 1, description="`next` of the page before.")


class AuditEntry(Reply):
    """One act."""

    id: int
    at: Utc
    action: Action
    role: str = Field(description="Of the caller's token; system: a process of our own.", examples=["operator"])
    who: str | None = Field(description="The name given with a rating or an alert.")
    client: str | None = Field(description="The caller's address.")
    request_id: str | None = Field(description="As in the log and in X-Request-Id.")
    subject: str = Field(description="The answer, the alert or the model version.")
    what: Mapping[str, Any] = Field(description="What was done, by kind of act.")
