"""Run every benchmark, or those named: `python -m bench [render push ...]`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from bench.rows import Row


def main() -> int:
    """Print a table of all rows; 2 when a name is unknown."""
    known = sorted(p.stem.removeprefix("bench_") for p in Path(__file__).parent.glob("bench_*.py"))
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    for name in wanted:
        sys.stdout.write(f"\n{name}\n")
        for row in import_module(f"bench.bench_{name}").run():
            sys.stdout.write(_line(row) + "\n")
            sys.stdout.flush()
    return 0


def _line(row: Row) -> str:
    text = f"  {row.what:<56} {row.seconds * 1000:12.2f} ms"
    if row.ratio is not None and row.baseline_seconds is not None:
        baseline = f"{row.baseline} ({row.baseline_seconds * 1000:.1f} ms)"
        factor, how = (row.ratio, "faster") if row.ratio >= 1 else (1 / row.ratio, "slower")
        text += f"   {factor:7.1f}x {how} than {baseline}"
    return text


if __name__ == "__main__":
    sys.exit(main())
