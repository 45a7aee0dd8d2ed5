"""Analytics on readings: anomalies, expected behaviour, forecasts, maintenance, data quality."""
