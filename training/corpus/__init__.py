"""Generated questions with their plans, to train the starter model. Questions for evaluation are separate."""

from training.corpus.generate import NOW, examples, samples
from training.corpus.sample import Sample

__all__ = ["NOW", "Sample", "examples", "samples"]
