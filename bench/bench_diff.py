"""The change of a 20,000-line hub, with rules, ordering and the way back."""

from __future__ import annotations

from collections.abc import Iterator

from bench.rows import Row, median_seconds
from dmvpn_auto.ios import diff, parse, prove

MAPS = 20_000


def _hub(changed: int) -> str:
    maps = (
        f" ip nhrp map 10.0.{n // 250}.{n % 250 + 1} 192.0.2.{(n + (n < changed)) % 250}\n"
        for n in range(MAPS)
    )
    return "interface Tunnel0\n ip address 10.0.0.1 255.0.0.0\n" + "".join(maps) + "end\n"


def run() -> Iterator[Row]:
    """Yield reading, comparing equal ones, and a change of 100 lines."""
    running, wanted = _hub(0), _hub(100)
    tree, other = parse(running), parse(wanted)
    yield Row(f"read {MAPS} lines", median_seconds(lambda: parse(running)))
    yield Row("nothing to change", median_seconds(lambda: diff(tree, tree)))
    yield Row("100 lines changed, forward and backward", median_seconds(lambda: diff(tree, other)))
    change = diff(tree, other)
    yield Row("proof of that change, both ways", median_seconds(lambda: prove(tree, other, change)))
