"""Benchmarks: each module `bench_*.py` here has `run() -> Iterator[Row]`; `make bench` prints all of them."""
