"""Nightly training: ratings become improved models. The only package that may import torch."""
