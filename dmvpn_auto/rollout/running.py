"""Running configurations of the chosen routers, and what each needs: from the routers or from a
folder of saved texts. One router that fails does not hide the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, DmvpnError, InputError, IntentError
from dmvpn_auto.rollout.addresses import resolve
from dmvpn_auto.rollout.plan import Plan, plan
from dmvpn_auto.rollout.reading import read_running, whole
from dmvpn_auto.rollout.target import Target, Targets

Plans = dict[str, Plan | DmvpnError]
SUFFIXES = ("", ".cfg", ".txt", ".conf", ".running")


def plans_from_routers(fleet: Fleet, chosen: Targets) -> Plans:
    """Read each router over its session and plan its change; changes nothing."""
    by_name = {target.name: target for target in chosen.routers}

    def work(session: Session) -> Plan | DmvpnError:
        target = by_name[session.name]
        running = read_running(session)
        try:
            return plan(target, running, chosen.design, addresses=resolve(target.address))
        except (DeviceError, IntentError) as error:
            return error

    found: Mapping[str, Plan | DmvpnError] = fleet.read(work, by_name, keep=False)
    return dict(found)


def plans_from_folder(folder: Path, chosen: Targets) -> Plans:
    """Plan from `folder/NAME.cfg` (or .txt, .conf, .running, none), what `show running-config`
    printed. Raises InputError for a folder that is none.
    """
    if not folder.is_dir():
        raise InputError(
            "is no folder of running configurations",
            where=str(folder),
            stage="read",
            hint="name a folder with one file per router: NAME.cfg",
        )
    return {target.name: _from_file(folder, target, chosen.design) for target in chosen.routers}


def _from_file(folder: Path, target: Target, design: CloudDesign) -> Plan | DmvpnError:
    path = next((p for s in SUFFIXES if (p := folder / f"{target.name}{s}").is_file()), None)
    if path is None:
        return InputError(
            f"has no file of router {target.name!r}",
            where=str(folder),
            stage="read",
            hint=f"save its `show running-config` as {target.name}.cfg, or use --limit",
        )
    try:
        return plan(target, whole(target.name, path.read_text(encoding="utf-8")), design)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        return InputError(f"cannot be read: {why}", where=str(path), stage="read")
    except (DeviceError, InputError) as error:
        return error


def sound(plans: Mapping[str, Plan | DmvpnError]) -> dict[str, Plan]:
    """Return the routers that have a plan."""
    return {name: found for name, found in plans.items() if isinstance(found, Plan)}


def failures(plans: Mapping[str, Plan | DmvpnError]) -> Sequence[DmvpnError]:
    """Return what stands against a plan, worst first: routers not reached, then refusals."""
    errors = [found for found in plans.values() if isinstance(found, DmvpnError)]
    return sorted(errors, key=lambda error: -int(error.exit_code))
