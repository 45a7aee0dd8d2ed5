"""What the readings tell beyond themselves: anomalies, expected behaviour, forecasts, maintenance, data quality."""
