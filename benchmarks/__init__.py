"""One file a figure; each prints its table with its floor beside it. All of them: python -m benchmarks (make bench)."""
