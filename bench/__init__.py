"""Benchmarks, run by `bin/bench NAME`. How they print is described in `bench/harness.py`."""
