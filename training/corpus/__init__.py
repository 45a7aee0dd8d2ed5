"""Generated questions with their plans, for teaching the starter model. Hand-written questions for evaluation live apart."""

from training.corpus.generate import NOW, Sample, examples, samples

__all__ = ["NOW", "Sample", "examples", "samples"]
