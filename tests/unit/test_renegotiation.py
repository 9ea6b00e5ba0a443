"""Whether a crypto session that was told to start anew is a new one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dmvpn_auto.device import Session
from dmvpn_auto.device.login import open_session
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.rollout.renegotiation import renew
from tests.doubles.ios_server import PASSWORD, TRUSTING, USER, Behaviour, IosServer, ios_server

HUB = "203.0.113.2"
PLAIN = f"clear crypto session remote {HUB}"
IN_VRF = f"{PLAIN} fvrf INET"
SHOW = "show crypto session detail"
OPEN = """\
Interface: Tunnel0
Profile: DMVPN-PROF
Uptime: {uptime}
Session status: UP-ACTIVE     
Peer: {peer} port 500 fvrf: INET ivrf: (none)
      Phase1_id: {peer}
      Desc: (none)
  Session ID: 1  
  IKEv2 SA: local 198.51.100.2/500 remote {peer}/500 Active 
          Capabilities:D connid:1 lifetime:23:58:58
  IPSEC FLOW: permit 47 host 198.51.100.2 host {peer} 
        Active SAs: 2, origin: crypto map
        Inbound:  #pkts dec'ed 12 drop 0 life (KB/Sec) 4607998/3538
        Outbound: #pkts enc'ed 16 drop 0 life (KB/Sec) 4607996/3538
"""  # noqa: W291 - as IOS prints it


@contextmanager
def router(uptime: str, *also: str, peer: str = HUB) -> Iterator[tuple[Session, IosServer]]:
    """A router with one session, that knows the plain form of the command and `also`."""
    shows = {SHOW: OPEN.format(uptime=uptime, peer=peer), **dict.fromkeys((PLAIN, *also), "")}
    with ios_server(Behaviour(shows=shows)) as server:
        opened = open_session(
            "r1", hostname="127.0.0.1", port=server.port, username=USER, password=PASSWORD,
            extras=TRUSTING,
        )  # fmt: skip
        try:
            yield opened, server
        finally:
            opened.close()


def test_a_new_session_is_taken_and_the_vrf_is_not_needed() -> None:
    with router("00:00:01") as (session, server):
        renew(session, (HUB,), "INET")
        assert PLAIN in server.typed
        assert IN_VRF not in server.typed


@pytest.mark.parametrize("uptime", ["00:00:40", "1d02h", "2w3d"])
@pytest.mark.parametrize("forms", [(IN_VRF,), ()], ids=["knows fvrf", "knows no fvrf"])
def test_a_session_that_goes_on_proves_nothing(uptime: str, forms: tuple[str, ...]) -> None:
    with router(uptime, *forms) as (session, server):
        with pytest.raises(DeviceError, match=f"the crypto session with {HUB} goes on"):
            renew(session, (HUB,), "INET")
        assert server.typed.count(IN_VRF) == 1


def test_without_a_front_door_vrf_there_is_one_form() -> None:
    with router("00:01:00") as (session, server), pytest.raises(DeviceError, match="goes on"):
        renew(session, (HUB,), None)
    assert not any("fvrf" in line for line in server.typed)


def test_the_sessions_of_others_may_be_old() -> None:
    with router("00:01:00", peer="203.0.113.6") as (session, _):
        renew(session, (HUB,), None)


def test_a_router_that_does_not_tell_is_believed() -> None:
    with router("00:01:00") as (session, server):
        del server.behaviour.shows[SHOW]
        renew(session, (HUB,), "INET")


def test_an_attempt_that_broke_is_made_again_only_where_it_did_nothing() -> None:
    with router("00:00:05") as (session, server):
        renew(session, (HUB,), None, time.monotonic() - 10)
        assert PLAIN not in server.typed
    with router("00:01:00") as (session, server), pytest.raises(DeviceError, match="goes on"):
        renew(session, (HUB,), None, time.monotonic() - 10)
    assert PLAIN in server.typed
