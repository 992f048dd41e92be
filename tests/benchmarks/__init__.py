"""Benchmarks: ratios measured in one run on one machine. `python -m tests.benchmarks` prints the table."""
