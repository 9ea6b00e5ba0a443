"""Typing the forward commands gives the wanted configuration, typing the backward ones restores
the old one.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmvpn_auto.ios import diff, parse, render
from tests.doubles.ios_model import IosModel, Tree

HUB_BGP = """\
 bgp router-id {rid}
 bgp log-neighbor-changes
 bgp listen range 10.255.0.0/24 peer-group {group}
 bgp listen limit {limit}
 neighbor {group} peer-group
 neighbor {group} remote-as 65000
 neighbor {group} timers {hello} 60
 address-family ipv4
  network 10.0.{net}.0 mask 255.255.255.0
  neighbor {group} activate
  neighbor {group} route-reflector-client
"""
SPOKE_BGP = """\
 bgp router-id {rid}
 bgp log-neighbor-changes
 neighbor 10.255.0.{hub} remote-as 65000
 neighbor 10.255.0.{hub} timers {hello} 60
 address-family ipv4
  network 10.{net}.0.0 mask 255.255.255.0
  neighbor 10.255.0.{hub} activate
"""
FOREIGN = """\
version {version}
hostname r1
interface GigabitEthernet1
 ip address 198.51.100.2 255.255.255.252
crypto ikev2 proposal OTHER
 encryption aes-cbc-256
 integrity sha256
 group 19
ip route 0.0.0.0 0.0.0.0 198.51.100.1
"""
FOREIGN_BGP = """\
 neighbor 192.0.2.9 remote-as 64999
 neighbor 192.0.2.9 description PROVIDER
 address-family ipv4
  neighbor 192.0.2.9 activate
"""


@st.composite
def clouds(draw: st.DrawFn) -> str:
    """A configuration as the templates could write it, complete or with features left out."""
    name = draw(st.sampled_from(["A", "B"]))
    pick = draw(st.randoms(use_true_random=False))
    gcm = draw(st.booleans())
    vrf = draw(st.sampled_from(["", "INET"]))
    hub = draw(st.booleans())

    def maybe(*lines: str, least: int = 0) -> list[str]:
        return [line for line in lines if pick.random() < 0.7 or least]

    out = []
    if vrf:
        out += [f"vrf definition {vrf}", " address-family ipv4"]
    out += [f"crypto ikev2 proposal {name}-PROP"]
    out += (
        [" encryption aes-gcm-256", " prf sha384"]
        if gcm
        else [" encryption aes-cbc-256", " integrity sha256"]
    )
    out += [f" group {pick.choice([19, 20])}", f"crypto ikev2 policy {name}-POL"]
    out += [f" match fvrf {vrf}"] if vrf else []
    out += [f" proposal {name}-PROP", f"crypto ikev2 keyring {name}-KR", " peer ANY"]
    out += ["  address 0.0.0.0 0.0.0.0", f"  pre-shared-key {pick.choice(['one', 'two?!', '1+2'])}"]
    out += [f"crypto ikev2 profile {name}-PROF"]
    out += [f" match fvrf {vrf}"] if vrf else []
    out += [" match identity remote address 0.0.0.0", " authentication remote pre-share"]
    out += [" authentication local pre-share", f" keyring local {name}-KR"]
    out += maybe(f" dpd {pick.choice([30, 40])} 5 on-demand")
    cipher = pick.choice(["esp-gcm 256", "esp-gcm 128", "esp-aes 256 esp-sha256-hmac"])
    out += [f"crypto ipsec transform-set {name}-TS {cipher}", " mode transport"]
    out += [f"crypto ipsec profile {name}-IPSEC", f" set transform-set {name}-TS"]
    out += maybe(" set pfs group19", f" set ikev2-profile {name}-PROF")
    out += ["interface Tunnel0"]
    out += maybe(
        f" description {pick.choice(['one', 'two words'])}",
        " bandwidth 1000",
        f" delay {pick.choice([1, 2])}",
    )
    out += maybe(" vrf forwarding BLUE") if vrf else []
    out += [
        f" ip address 10.255.0.{pick.choice([1, 2])} 255.255.255.0",
        " no ip redirects",
        f" ip mtu {pick.choice([1400, 1380])}",
    ]
    out += maybe(
        f" ip nhrp authentication {pick.choice(['KEY1', 'KEY2'])}", " ip nhrp map multicast dynamic"
    )
    out += [f" ip nhrp network-id {pick.choice([1, 2])}"]
    out += maybe(f" ip nhrp holdtime {pick.choice([300, 600])}")
    out += maybe(
        *(
            f" ip nhrp nhs 10.255.0.{n} nbma 203.0.113.{n + pick.choice([0, 10])} multicast"
            for n in (1, 2)
        )
    )
    out += maybe(
        " ip nhrp registration no-unique",
        " ip nhrp redirect",
        " ip nhrp shortcut",
        " ip tcp adjust-mss 1360",
        " shutdown",
    )
    out += [f" tunnel source GigabitEthernet{pick.choice([1, 2])}", " tunnel mode gre multipoint"]
    out += maybe(f" tunnel key {pick.choice([100, 200])}")
    out += [f" tunnel vrf {vrf}"] if vrf else []
    out += maybe(f" tunnel protection ipsec profile {name}-IPSEC")
    bgp = HUB_BGP if hub else SPOKE_BGP
    values = {
        "rid": f"10.255.0.{pick.choice([1, 2])}",
        "group": pick.choice(["SPOKES", "OTHERS"]),
        "limit": pick.choice([100, 200]),
        "hello": pick.choice([10, 20]),
        "net": pick.choice([1, 2]),
        "hub": pick.choice([1, 2]),
    }
    return "\n".join([*out, "router bgp 65000"]) + "\n" + bgp.format(**values)


def before_version(tree: Tree) -> str:
    return next(line.split()[1] for line in tree if line.startswith("version "))


def as_sorted(tree: Tree) -> list[tuple[str, object]]:
    return sorted((line, as_sorted(children)) for line, children in tree.items())


def _typed(model: IosModel, commands: tuple[str, ...]) -> None:
    for command in commands:
        answer = model.type(command.strip())
        assert not answer.startswith("%") or "address(es) removed" in answer, (command, answer)
    assert model.path == [], "the last command leaves no mode open"


@st.composite
def routers(draw: st.DrawFn) -> IosModel:
    """A router that holds other things, perhaps an older cloud, perhaps a BGP process shared with
    its provider.
    """
    model = IosModel()
    model.load(FOREIGN.format(version=draw(st.sampled_from(["15.9", "17.12"]))))
    if draw(st.booleans()):
        model.load(draw(clouds()))
    if draw(st.booleans()):
        model.load("router bgp 65000\n" + FOREIGN_BGP)
    return model


@settings(max_examples=300, deadline=None)
@given(routers(), clouds())
def test_forward_reaches_the_wanted_configuration_and_backward_restores_the_old(
    model: IosModel, wanted_text: str
) -> None:
    wanted = parse(wanted_text)
    before = parse(model.show())
    change = diff(before, wanted)
    _typed(model, change.forward)
    after = parse(model.show())
    again = diff(after, wanted)
    assert again.forward == ()
    assert again.deltas == ()
    for line in parse(FOREIGN.format(version=before_version(before))):
        assert after[line] == before[line], "what is not ours stays"
    if "neighbor 192.0.2.9 remote-as 64999" in before.get("router bgp 65000", {}):
        assert "neighbor 192.0.2.9 description PROVIDER" in after["router bgp 65000"]
        assert "neighbor 192.0.2.9 activate" in after["router bgp 65000"]["address-family ipv4"]
    _typed(model, change.backward)
    assert as_sorted(parse(model.show())) == as_sorted(before)


@settings(max_examples=100, deadline=None)
@given(clouds(), st.randoms(use_true_random=False))
def test_the_order_of_lines_in_a_section_is_no_difference(text: str, dice: random.Random) -> None:
    wanted = parse(text)
    shuffled = {
        header: dict(dice.sample(list(lines.items()), len(lines)))
        for header, lines in wanted.items()
    }
    assert not diff(shuffled, wanted)


@settings(max_examples=100, deadline=None)
@given(clouds())
def test_render_and_parse_are_inverse(text: str) -> None:
    tree = parse(text)
    assert parse(render(tree)) == tree


@settings(max_examples=50, deadline=None)
@given(routers(), clouds())
def test_no_delta_shows_a_secret(model: IosModel, wanted_text: str) -> None:
    shown = "\n".join(str(delta) for delta in diff(parse(model.show()), parse(wanted_text)).deltas)
    for secret in ("two?!", "KEY1", "KEY2", "pre-shared-key one", "pre-shared-key 1+2"):
        assert secret not in shown


@pytest.mark.parametrize("side", ["running", "wanted"])
def test_an_empty_side(side: str) -> None:
    tree = parse(FOREIGN)
    change = diff(tree, {}) if side == "running" else diff({}, tree)
    assert bool(change) is (side == "wanted")
