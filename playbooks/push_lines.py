"""Type the same lines into some routers, and save.

`python playbooks/push_lines.py inventory spoke1,spoke2 "ntp server 192.0.2.1" "logging host ..."`
"""

from __future__ import annotations

import sys
from pathlib import Path

from dmvpn_auto.device import Session, open_fleet


def main() -> None:
    """Push to all of them; a refused line is printed with what is active on that router."""
    inventory, names, *lines = sys.argv[1:]

    def push(session: Session) -> str:
        taken = session.push(lines).lines
        session.save()
        return f"{session.name}: {taken} lines taken and saved"

    with open_fleet(Path(inventory), names.split(",")) as fleet:
        for result in fleet.run(push, stop_on_error=True).values():
            print(result)


if __name__ == "__main__":
    main()
