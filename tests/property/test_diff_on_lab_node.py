"""The same two promises of a change as in test_diff.py, on the lab's IOS command line over SSH.

Its grammar and its knowledge of what IOS prints were written apart from ours: where the two
disagree, one of them is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from dmvpn_auto.device import Session
from dmvpn_auto.device.login import open_session
from dmvpn_auto.errors import RefusedError
from dmvpn_auto.ios import diff, differences, parse, prove, restore
from tests.doubles.ios_server import TRUSTING
from tests.doubles.lab_node import STARTUP, lab_node
from tests.property.test_diff import as_sorted, clouds
from tests.property.test_proof import CELLS, text


@pytest.fixture(scope="module")
def router() -> Iterator[Session]:
    with lab_node("r1", "canary-password") as node:
        session = open_session(
            "r1",
            hostname="127.0.0.1",
            port=node.port,
            username="admin",
            password="canary-password",
            extras=TRUSTING,
        )
        yield session
        session.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(clouds())
def test_forward_and_backward(router: Session, wanted_text: str) -> None:
    wanted = parse(wanted_text)
    before = parse(router.show("show running-config"))
    change = diff(before, wanted)
    router.push(change.forward)
    assert diff(parse(router.show("show running-config")), wanted).forward == ()
    router.push(change.backward)
    assert as_sorted(parse(router.show("show running-config"))) == as_sorted(before)
    router.push(change.forward)


ADDRESSED = re.compile(r"acl|ppp|weak")  # they would filter the session, or take its interface
NOT_HERE = re.compile(r"Not carried by the dataplane|Invalid input")  # no such port, no IPv6, ...


def _open(port: int) -> Session:
    return open_session(
        "r2",
        hostname="127.0.0.1",
        port=port,
        username="admin",
        password="canary-password",
        extras=TRUSTING,
    )


def test_every_design_that_the_lab_carries_goes_on_and_off_again() -> None:
    """The LAN of this router is none of the tunnel subnets of the designs."""
    with lab_node("r2", "canary-password", STARTUP.replace("10.0.0.1", "10.222.0.1")) as node:
        cells = [cell for cell in CELLS if not ADDRESSED.search(cell[0])]
        assert sum(_on_and_off(node.port, cell) for cell in cells) > 30


def _refusal(router: Session, lines: Sequence[str]) -> RefusedError | None:
    try:
        router.push(lines)
    except RefusedError as error:
        return error
    return None


def _on_and_off(port: int, cell: tuple[str, str]) -> bool:
    router = _open(port)
    before = parse(router.show("show running-config"))
    wanted = parse(re.sub("<env:[^>]*>", "canary", text(cell)))
    change = diff(before, wanted)
    assert not prove(before, wanted, change), cell
    refused = _refusal(router, change.forward)
    if refused:
        assert NOT_HERE.search(refused.answer), (cell, refused)
        assert router.alive, (cell, refused)
        router.push(restore(parse(router.show("show running-config")), before).forward)
        assert list(differences(parse(router.show("show running-config")), before)) == [], cell
        router.close()
        return False
    shown = parse(router.show("show running-config"))
    assert diff(shown, wanted).forward == (), cell
    router.push(change.backward)
    assert list(differences(parse(router.show("show running-config")), before)) == [], cell
    router.close()
    return True


def test_a_refused_line_names_itself_and_the_session_goes_on(router: Session) -> None:
    lines = ["interface Tunnel7", "ip nhrp authentication canary-longer", "ip mtu 1400", "exit"]
    with pytest.raises(RefusedError) as caught:
        router.push(lines)
    assert caught.value.applied == 1
    assert caught.value.line == "ip nhrp authentication <secret>"
    assert "canary" not in str(caught.value)
    router.push(["no interface Tunnel7"])
    router.save()


def test_a_vrf_takes_the_address_with_a_notice(router: Session) -> None:
    result = router.push(
        ["interface Tunnel8", "ip address 10.8.0.1 255.255.255.0", "vrf forwarding BLUE", "exit"]
    )
    assert any("removed" in remark for _, remark in result.notices)
    router.push(["no interface Tunnel8"])


def test_an_undefined_profile_is_found_by_reading_back(router: Session) -> None:
    wanted = parse("interface Tunnel9\n tunnel protection ipsec profile NOT-THERE\n")
    router.push(diff(parse(router.show("show running-config")), wanted).forward)
    left = diff(parse(router.show("show running-config")), wanted)
    assert [str(delta) for delta in left.deltas if delta.mark == "+"] == [
        "+  tunnel protection ipsec profile NOT-THERE"
    ]
    router.push(["no interface Tunnel9"])
