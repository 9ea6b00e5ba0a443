"""A quiet health check for cron or a systemd timer: `python playbooks/health_check.py inventory`.

It sends no traffic between spokes, clears nothing and waits for nothing; it prints only what is
wrong, so that cron sends mail only then.
"""

from __future__ import annotations

import sys

from dmvpn_auto.tasks import verify_cloud
from dmvpn_auto.verify import Status


def main() -> int:
    """Name every check that does not hold."""
    _, result = verify_cloud(sys.argv[1], timeout=0, traffic=False)
    for verdict in result.verdicts:
        if verdict.status is Status.FAIL:
            towards = f" towards {verdict.peer}" if verdict.peer else ""
            print(f"{verdict.device}{towards}: {verdict.check}: {verdict.actual}")
    for name in result.unreachable:
        print(f"{name}: not reached")
    return int(result.exit_code)


if __name__ == "__main__":
    raise SystemExit(main())
