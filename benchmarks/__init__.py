"""What shapespace costs, measured beside other ways to do the same: `python -m benchmarks`."""
