"""Roll out site by site, verifying the whole cloud in between.

`python playbooks/staged_rollout.py inventory berlin hamburg ...` takes hubs first, then the sites
in the order given. The first site that does not end well is the last.
"""

from __future__ import annotations

import sys

from dmvpn_auto.errors import ExitCode
from dmvpn_auto.tasks import roll_out, verify_cloud


def main() -> int:
    """Stop at the first stage that fails; what it changed is taken back by then."""
    folder, *sites = sys.argv[1:]
    for stage in ("hubs", *sites):
        rolled = roll_out(folder, limit=stage)
        for outcome in rolled.outcomes:
            print(f"{stage}: {outcome.name}: {outcome.state}", *filter(None, [outcome.error]))
        if rolled.code is not ExitCode.YES:
            print(f"{stage}: stopped", *rolled.refused)
            return int(rolled.code)
    _, result = verify_cloud(folder, traffic=False)
    print(f"the whole cloud: {result.verdict}")
    return int(result.exit_code)


if __name__ == "__main__":
    raise SystemExit(main())
