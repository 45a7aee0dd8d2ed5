"""Generated questions with their plans, for teaching the starter model. Hand-written questions for evaluation live apart."""

from training.corpus.generate import NOW, examples, samples
from training.corpus.sample import Sample

__all__ = ["NOW", "Sample", "examples", "samples"]
