"""Benchmarks: ``python -m benchmarks``; see ``docs/howto/run-benchmarks.md``."""
