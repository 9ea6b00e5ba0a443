"""Reading many routers and planning the change of each; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, DmvpnError
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.precheck import RISKS, Survey, examine, survey
from dmvpn_auto.rollout.target import Target


def read_surveys(
    fleet: Fleet, targets: Sequence[Target], design: CloudDesign, policy: Policy | None = None
) -> dict[str, Survey | DmvpnError]:
    """Read each router and plan its change; with a policy also refuse those that must not be
    changed now. An error that concerns one router stands in its place. Sessions stay open for who
    goes on at once; those of a large fleet would have ended when its turn comes.
    """
    by_name = {target.name: target for target in targets}

    def work(session: Session) -> Survey | DmvpnError:
        try:
            found = survey(session, by_name[session.name], design)
            if policy is not None and found.todo:
                examine(session, found, policy)
                found = replace(found, notes=(*found.notes, *RISKS[policy.revert]))
        except DeviceError:
            raise
        except DmvpnError as error:
            error.where = error.where or session.name
            return error
        return found

    return dict(fleet.read(work, by_name, keep=len(by_name) <= fleet.workers))
