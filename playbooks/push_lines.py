"""Type the same lines into some routers, and save.

`python playbooks/push_lines.py inventory spoke1,spoke2 "ntp server 192.0.2.1" "logging host ..."`
"""

from __future__ import annotations

import sys

from dmvpn_auto.tasks import Lines, Tell, open_nornir, push


def main() -> int:
    """Push to all of them; a refused line is printed with what is active on that router."""
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    folder, names, *lines = sys.argv[1:]
    with open_nornir(folder) as nornir:
        chosen = nornir.filter(filter_func=lambda host: host.name in names.split(","))
        result = chosen.with_processors([Tell()]).run(task=push, lines=Lines(lines))
    return int(result.failed)


if __name__ == "__main__":
    raise SystemExit(main())
