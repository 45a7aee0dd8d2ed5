"""Brings in readings of a plant: files described by a mapping. May import timeseries and what lies below it."""

from cc_common.connectors.importer import Import

__all__ = ["Import"]
