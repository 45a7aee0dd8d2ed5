"""Recognises what a question names: machines, types, metrics, times, numbers. Imports the catalogue and core."""

from cc_common.understanding.resolver import Resolution, Resolver, UnknownName

__all__ = ["Resolution", "Resolver", "UnknownName"]
