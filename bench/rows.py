"""One measured line: a figure, its peer measured in the same run, and the ratio of the two."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement in seconds; `baseline_seconds` is the peer's, measured in the same run."""

    what: str
    seconds: float
    baseline: str = ""
    baseline_seconds: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the baseline; None without one."""
        if self.baseline_seconds is None or self.seconds == 0:
            return None
        return self.baseline_seconds / self.seconds


def median_seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """Return the median wall time of `runs` runs of `work`, after one that is not counted, in s."""
    work()
    samples: list[float] = []
    for _ in range(runs):
        gc.collect()
        started = time.perf_counter()
        work()
        samples.append(time.perf_counter() - started)
    return statistics.median(samples)
