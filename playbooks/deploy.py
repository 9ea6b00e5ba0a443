"""Roll a cloud out, asking nobody: `python playbooks/deploy.py inventory [limit]`.

For a CI job after a merge: what was reviewed is what runs. Exit codes are those of
`dmvpn-auto deploy`: 0 done, 4 a router refused, 5 rolled back.
"""

from __future__ import annotations

import sys

from dmvpn_auto.tasks import roll_out


def main() -> int:
    """Print what is on every router."""
    folder, *limit = sys.argv[1:]
    rolled = roll_out(folder, limit=limit[0] if limit else None)
    for error in rolled.refused:
        print(error)
    for outcome in rolled.outcomes:
        print(f"{outcome.name}: {outcome.state}", *filter(None, [outcome.error]))
    return int(rolled.code)


if __name__ == "__main__":
    raise SystemExit(main())
