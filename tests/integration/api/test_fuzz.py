"""Every call of the description with input nobody would think of: no 5xx, nothing the description does not allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from flask_openapi3.openapi import OpenAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from cc_common.core.settings import Settings

CHECKS: Final = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES: Final = 100  # of each operation: in all about a minute
PATHS: Final = create_app(Settings(_env_file=None, data_dir=Path("unused"))).api_doc["paths"]  # type: ignore[call-arg]
OPERATIONS: Final = [(path, verb) for path in PATHS for verb in PATHS[path]]

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def description(shared_api: OpenAPI) -> Any:
    """The description, with the application behind it; the model is a stand-in."""
    return schemathesis.openapi.from_wsgi("/openapi.json", shared_api)


@pytest.mark.parametrize(("path", "verb"), OPERATIONS, ids=lambda part: part.upper() if "/" not in part else part)
def test_generated_calls_get_described_responses_and_no_5xx(description: Any, stub: Any, path: str, verb: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HealthCheck)
    @given(case=description[path][verb].as_strategy())
    def call(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    call()
