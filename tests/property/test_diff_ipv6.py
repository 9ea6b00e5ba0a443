"""Changes of IPv6 configuration on the lab's IOS command line: forward reaches what is wanted,
backward restores what was; a lab that cannot carry IPv6 refuses it before it changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dmvpn_auto.device import Session
from dmvpn_auto.device.login import open_session
from dmvpn_auto.errors import RefusedError
from dmvpn_auto.ios import diff, mask, parse
from tests.doubles.ios_server import TRUSTING
from tests.doubles.lab_node import STARTUP, lab_node
from tests.golden import designs
from tests.property.test_diff import as_sorted

APART = STARTUP.replace("10.0.0.1", "192.0.2.1")  # the LAN is not in the subnet of the tunnels


def _session(port: int) -> Session:
    return open_session(
        "r1", hostname="127.0.0.1", port=port, username="admin", password="canary-password",
        extras=TRUSTING,
    )  # fmt: skip


@pytest.fixture
def router() -> Iterator[Session]:
    with lab_node("r1", "canary-password", APART, strict=False) as node:
        session = _session(node.port)
        yield session
        session.close()


def text(cell: str, router: str) -> str:
    """Return a golden text with secrets in it that a router takes."""
    found = (designs.FOLDER / cell / f"{router}.cfg").read_text()
    return re.sub(r"<env:(\w{1,8})\w*>", r"\1", found)


DUAL = text("ipv6-dual-stack-ibgp", "hub1")
OVER = text("ipv6-transport-ikev2-psk", "spoke1")
OSPF = text("ipv6-everywhere-ospfv3-certificate", "spoke1")
BY_ADDRESS = text("ipv6-transport-ikev1-psk", "spoke1")
KEYS = text("ipv6-transport-ikev1-psk", "hub")
CHANGES = {
    "IPv6 beside IPv4": (
        text("p3-ibgp-ikev2-psk-fvrf", "spoke1"), text("ipv6-dual-stack-ibgp", "spoke1"),
    ),
    "another MTU": (DUAL, DUAL.replace("ipv6 mtu 1400", "ipv6 mtu 1380").replace("1340", "1320")),
    "another link-local address": (DUAL, DUAL.replace("FE80::1 ", "FE80::A ")),
    "another subnet": (DUAL, DUAL.replace("2001:DB8:FF:", "2001:DB8:FE:")),
    "another hub": (BY_ADDRESS, BY_ADDRESS.replace("2001:DB8:0:1::1", "2001:DB8:0:9::1")),
    "another NHRP word": (DUAL, DUAL.replace("authentication DMVPN_NH", "authentication OTHER")),
    "another filter": (DUAL, DUAL.replace("permit 2001:DB8::/32", "permit 2001:DB9::/32")),
    "another gateway": (OVER, OVER.replace("::/0 2001:DB8:0:2::FF", "::/0 2001:DB8:0:2::FE")),
    "an unprotected WAN list": (OVER, OVER.replace("permit esp", "permit gre")),
    "another area": (OSPF, OSPF.replace("ipv6 area 0", "ipv6 area 1")),
    "other timers": (OSPF, OSPF.replace("dead-interval 60", "dead-interval 80")),
    "another key": (KEYS, KEYS.replace("key DMVPN_PS address", "key OTHER address")),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_forward_and_backward(router: Session, old: str, new: str) -> None:
    router.push(diff(parse(router.show("show running-config")), parse(old)).forward)
    before, wanted = parse(router.show("show running-config")), parse(new)
    change = diff(before, wanted)
    assert change.forward
    router.push(change.forward)
    after = parse(router.show("show running-config"))
    assert diff(after, wanted).forward == ()
    router.push(change.backward)
    assert as_sorted(parse(router.show("show running-config"))) == as_sorted(before)


def test_a_changed_network_id_sends_the_redirect_again() -> None:
    new = DUAL.replace("ipv6 nhrp network-id 100", "ipv6 nhrp network-id 101")
    forward = [line.strip() for line in diff(parse(DUAL), parse(new)).forward]
    assert forward.index("ipv6 nhrp network-id 101") < forward.index("ipv6 nhrp redirect")
    assert "ip nhrp redirect" not in forward


def test_lines_about_ipv6_neighbors_of_others_stay() -> None:
    other = " neighbor 2001:DB8:AA::1 remote-as 64999\n"
    running = DUAL.replace(" bgp log-neighbor-changes\n", f" bgp log-neighbor-changes\n{other}", 1)
    assert diff(parse(running), parse(DUAL)).forward == ()
    gone = DUAL.replace("2001:DB8:FF::2 ", "2001:DB8:FF::77 ")
    assert " no neighbor 2001:DB8:FF::77 remote-as 65000" in diff(parse(gone), parse(DUAL)).forward


@pytest.mark.parametrize(
    "line",
    [
        "crypto isakmp key canary address ipv6 ::/0",
        "crypto isakmp key 6 canary address ipv6 2001:DB8::1/128",
        "  pre-shared-key address ipv6 ::/0 key canary",
        "  pre-shared-key address ipv6 2001:DB8::1/128 key 6 canary",
        " ipv6 nhrp authentication canary",
        " neighbor 2001:DB8:FF::1 password canary",
        " neighbor 2001:DB8:FF::1 password 7 canary",
    ],
)
def test_secrets_of_ipv6_lines_are_masked(line: str) -> None:
    assert "canary" not in mask(line)
    assert mask(line).replace("<secret>", "canary") == line


def test_a_strict_lab_refuses_ipv6_in_its_own_words() -> None:
    with lab_node("r1", "canary-password", APART) as node:
        session = _session(node.port)
        before = session.show("show running-config")
        forward = diff(parse(before), parse(DUAL)).forward
        with pytest.raises(RefusedError, match="Not carried by the dataplane of this lab"):
            session.push(forward)
        assert "ipv6" not in session.show("show running-config")
        session.close()
