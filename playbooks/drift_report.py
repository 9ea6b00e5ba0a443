"""What was changed by hand, as Markdown: `python playbooks/drift_report.py inventory`."""

from __future__ import annotations

import sys

from dmvpn_auto.errors import DmvpnError, ExitCode
from dmvpn_auto.rollout.plan_pages import drift_markdown
from dmvpn_auto.tasks import find_drift


def main() -> int:
    """Exit 1 on drift, 4 when a router could not be read."""
    found = find_drift(sys.argv[1])
    sys.stdout.write(drift_markdown(found))
    if any(isinstance(one, DmvpnError) for one in found.values()):
        return int(ExitCode.DEVICE)
    return int(ExitCode.NO if any(found.values()) else ExitCode.YES)


if __name__ == "__main__":
    raise SystemExit(main())
