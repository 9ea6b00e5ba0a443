"""`dmvpn-auto plan` as a user calls it, on simulated routers that run nothing of the cloud.

What counts is the program's own processor time: the routers need about as much again, on another
core. `BENCH_ROUTERS=1000 python -m bench plan` for another number than 200.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.rows import Row
from tests.doubles.clouds import large
from tests.doubles.fleet import fleet

ROUTERS = int(os.environ.get("BENCH_ROUTERS", "200"))


def run() -> Iterator[Row]:
    """Yield wall and processor time of one plan, program start and plan file included."""
    cloud = large(ROUTERS - 1)
    with tempfile.TemporaryDirectory() as scratch:
        inventory = Path(scratch) / "inventory"
        cloud.write(inventory)
        with fleet(inventory, cloud.configs):
            began, used = time.perf_counter(), _processor()
            subprocess.run(
                [sys.executable, "-m", "dmvpn_auto", "plan", "-i", str(inventory),
                 "--out", str(Path(scratch) / "plan.json")],
                check=True,
                capture_output=True,
            )  # fmt: skip
            wall, processor = time.perf_counter() - began, _processor() - used
    yield Row(f"plan of {ROUTERS} routers over SSH, wall", wall)
    yield Row(f"plan of {ROUTERS} routers over SSH, processor", processor)


def _processor() -> float:
    """Processor time of children that have ended, in s; the fleet has not."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
