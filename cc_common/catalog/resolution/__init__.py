"""From an operator's words to the machines, metrics and times they name: exact, and the model's only choices."""

from cc_common.catalog.resolution.resolver import Resolution, Resolver, UnknownName

__all__ = ["Resolution", "Resolver", "UnknownName"]
