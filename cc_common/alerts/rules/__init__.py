"""Alarm rules, one a file: each finds what is wrong in a snapshot and says when it is resolved."""
