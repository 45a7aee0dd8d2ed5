"""One file per figure; each prints its table with its floor beside it. All: python -m benchmarks (make bench)."""
