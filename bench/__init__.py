"""Benchmarks: each module `bench_*.py` has `run() -> Iterator[Row]`; `make bench` prints them."""
