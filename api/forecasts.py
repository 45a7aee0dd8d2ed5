"""Endpoint of forecasts."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.equipment import EquipmentPath
from api.schemas.forecasts import ForecastParameters, ForecastReply
from api.services import services
from cc_common.analytics.forecasting import Forecaster

blueprint = APIBlueprint(
    "forecasts",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="forecasts", description="What is to come.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/forecast", responses={200: ForecastReply})
def forecast(path: EquipmentPath, query: ForecastParameters) -> Response:
    """One metric over the next hours or days with its interval; 404 tells how much history is missing."""
    forecaster, now = Forecaster(services().timeseries, services().catalog), datetime.now(UTC)
    found = forecaster.forecast(path.equipment_id, query.metric, query.horizon, now=now, step=query.step)
    if query.threshold is None:
        return reply(ForecastReply.from_forecast(found, None))
    reach = forecaster.time_to(path.equipment_id, query.metric, query.threshold, now=now)
    return reply(ForecastReply.from_forecast(found, reach))
