"""Alarm rules, one per file: each finds a condition in a snapshot and decides when it is resolved."""
