"""Save all running configurations, masked: `python playbooks/backup_running.py inventory`."""

from __future__ import annotations

import sys
from pathlib import Path

from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import mask

FOLDER = Path("build/running")


def running(session: Session) -> str:
    """Return the running configuration of one router without its secrets."""
    lines = session.show("show running-config").splitlines()
    return "\n".join(mask(line) for line in lines) + "\n"


def main() -> None:
    """Write one file per router; say which could not be read."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_fleet(Path(sys.argv[1])) as fleet:
        for name, result in fleet.run(running).items():
            if isinstance(result, DeviceError):
                print(result)
                continue
            file = FOLDER / f"{name}.cfg"
            file.write_text(result)
            print(file)


if __name__ == "__main__":
    main()
