"""2,000 spokes judged from saved output: every check of a cloud at rest, on one core.

The outputs are those of the tests' model cloud, written to files and read back, so that nothing of
the first judgement is left in memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.rows import Row
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import Plan, Status, conclude, from_files, look, to_files
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud

SPOKES = 2_000


def run() -> Iterator[Row]:
    """Yield a row for reading the folder's texts and one for the verdicts."""
    cloud = ModelCloud(make_cloud(SPOKES))
    config = Renderer(placeholder).render
    plan = Plan(timeout=0, pairs="none")
    files = to_files(look(cloud.design, cloud, FakeClock(), plan, config=config))
    started = time.perf_counter()
    again = from_files(files, "bench")
    yield Row(f"read the evidence of {SPOKES} spokes", time.perf_counter() - started)
    started = time.perf_counter()
    result = conclude(cloud.design, again, config=config)
    taken = time.perf_counter() - started
    if result.verdict is not Status.PASS:
        raise RuntimeError("the model cloud is not healthy")
    yield Row(f"judge {SPOKES} spokes, {len(result.verdicts)} verdicts", taken)
