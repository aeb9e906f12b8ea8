"""Benchmarks, side by side with their floor: every figure is a ratio within one run."""
