"""Airflow for this system: its settings, its processes, and one night without them. make airflow, make nightly."""
