"""IPv6 in the intent: what is read, what is refused, addresses that never move, all sources."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from dmvpn_auto.design import Ledger, allocation
from dmvpn_auto.design.sides import router_sides, sides
from dmvpn_auto.errors import InputError, IntentError, NothingCheckedError
from dmvpn_auto.inventory import load_cloud, open_design
from dmvpn_auto.inventory.folder import cloud_path
from dmvpn_auto.inventory.ledger import ledger_path, read_ledger, write_ledger
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify.scope import by_family, left_out, refuse_unread
from tests.doubles.netbox import NetBoxDouble, netbox
from tests.unit.intents import Raw, changed, design, folder
from tests.unit.ipv6_clouds import ALONE, DUAL, EVERYWHERE, NBMA, OSPF, WAN

SIX = IPv6Address


def _tunnels(
    base: Path, *, record: bool = False, prune: bool = False
) -> dict[str, tuple[str, str]]:
    found = open_design(base, record=record, prune=prune)
    return {
        r.name: (str(r.tunnel.address.ip), str(r.tunnel.ipv6.address.ip) if r.tunnel.ipv6 else "")
        for r in found.routers
    }


def test_addresses_of_both_families_never_move(tmp_path: Path) -> None:
    base = folder(tmp_path, DUAL)
    first = _tunnels(base, record=True)
    assert first["spoke1"] == ("10.255.0.2", "2001:db8:ff::2")
    grown = {**DUAL, "spokes": {"aaa": {"nbma": "198.51.100.9"}, "spoke1": None}}
    second = _tunnels(folder(tmp_path, grown), record=True)
    assert second["spoke2"] == first["spoke2"]
    assert second["aaa"] == ("10.255.0.4", "2001:db8:ff::4"), "that of spoke1 stays reserved"
    text = ledger_path(cloud_path(base, None)).read_text()
    assert "spoke2: [10.255.0.3, '2001:db8:ff::3']\n" in text
    assert _tunnels(base) == second
    pruned = _tunnels(base, record=True, prune=True)
    assert pruned == second
    assert "spoke1" not in ledger_path(cloud_path(base, None)).read_text()


def test_an_ipv4_cloud_that_gets_ipv6_keeps_its_addresses(tmp_path: Path) -> None:
    first = _tunnels(folder(tmp_path), record=True)
    second = _tunnels(folder(tmp_path, DUAL), record=True)
    assert {name: ipv4 for name, (ipv4, _) in second.items()} == {
        name: ipv4 for name, (ipv4, _) in first.items()
    }


def test_ipv6_alone_has_a_ledger_and_router_ids_of_its_own(tmp_path: Path) -> None:
    base = folder(tmp_path, ALONE)
    assert _tunnels(base, record=True)["spoke2"][0] == "2001:db8:ff::3"
    assert "spoke2: 2001:db8:ff::3\n" in ledger_path(cloud_path(base, None)).read_text()
    ids = {r.name: str(getattr(r.overlay, "router_id", "")) for r in design(ALONE).routers}
    assert ids == {"hub": "10.0.0.1", "spoke1": "10.0.0.2", "spoke2": "10.0.0.3"}


def test_a_ledger_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = cloud_path(folder(tmp_path), None)
    book = Ledger(
        {"z": IPv4Address("10.255.0.2"), "b": IPv4Address("10.255.0.9")},
        {"z": SIX("2001:db8::2"), "a": SIX("2001:db8::1")},
    )
    write_ledger(path, book)
    assert read_ledger(path) == book
    lines = [line for line in ledger_path(path).read_text().splitlines() if line[0] != "#"]
    assert lines == ["z: [10.255.0.2, '2001:db8::2']", "b: 10.255.0.9", "a: 2001:db8::1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 2001:db8::1\nb: [10.255.0.2, 2001:db8::1]\n", "2001:db8::1 is given to both"),
        ("a: [10.255.0.2, 10.255.0.3]\n", "'a' has two addresses of one family"),
        ("a: [10.255.0.2, '2001:xx::']\n", "'2001:xx::' is not an IPv6 address"),
    ],
)
def test_a_wrong_ledger_is_explained(tmp_path: Path, text: str, message: str) -> None:
    base = folder(tmp_path, DUAL)
    ledger_path(cloud_path(base, None)).write_text(text)
    with pytest.raises(InputError, match=message):
        open_design(base)


def test_a_full_ipv6_subnet_is_named() -> None:
    from ipaddress import IPv6Network

    wanted = dict.fromkeys(("a", "b", "c", "d"))
    with pytest.raises(IntentError, match="2001:db8::/126 is full: no address is left for 'd'"):
        allocation.allocate_ipv6(IPv6Network("2001:db8::/126"), wanted, Ledger())


WRONG: list[tuple[Raw, str]] = [
    ({"tunnel": {"subnet": None}}, "key 'subnet' is missing: a tunnel needs subnet, ipv6_subnet"),
    ({"tunnel": {"ipv6_subnet": "2001:db8::1/64"}}, "bits behind /64; the prefix is 2001:db8::/64"),
    ({"tunnel": {"ipv6_subnet": "2001:db8::"}}, "'2001:db8::' has no prefix length"),
    ({"tunnel": {"ipv6_subnet": "10.0.0.0/8"}}, "'10.0.0.0/8' is not a prefix such as 2001:db8"),
    ({"tunnel": {"ipv6_subnet": "2001:db8::/129"}}, "the prefix length is a number from 0 to 128"),
    ({"tunnel": {"subnet": "2001:db8::/64"}}, "is not a prefix such as 10.0.0.0/24"),
    ({"tunnel": {"ipv6_mtu": 1279}}, "tunnel.ipv6_mtu: must be greater than or equal to 1280"),
    ({"hubs": {"hub": {"nbma": "2001:db8::g"}}}, "'2001:db8::g' is not an IPv6 address"),
    ({"hubs": {"hub": {"link_local": "2001:db8::1"}}}, "is not a link-local address such as fe80"),
    ({"hubs": {"hub": {"lan": ["2001:db8::1"]}}}, "'2001:db8::1' has no prefix length"),
    ({"hubs": {"hub": {"wan": {"address": "2001:db8::/64"}}}}, "the first of 2001:db8::/64 is"),
]


@pytest.mark.parametrize(("patch", "message"), WRONG, ids=[m[:24] for _, m in WRONG])
def test_a_wrong_value_is_explained(tmp_path: Path, patch: Raw, message: str) -> None:
    with pytest.raises(InputError, match=r"clouds/branches.yaml:\d+: ") as caught:
        load_cloud(folder(tmp_path, patch))
    assert message in str(caught.value)


def test_a_lan_is_read_as_the_router_s_own_address_or_the_first() -> None:
    given = {"lan": ["2001:db8:1::/64", "2001:db8:2::99/64", "2001:db8:3::7/128", "10.9.0.0/24"]}
    spoke = design(changed({"spokes": {"spoke1": given}}, DUAL)).spokes[0]
    assert list(map(str, spoke.lan_ipv6_addresses)) == [
        *("2001:db8:1::1", "2001:db8:2::99", "2001:db8:3::7")
    ]
    assert list(map(str, spoke.lan_addresses)) == ["10.9.0.1"]


def test_link_local_addresses_are_made_of_tunnel_addresses() -> None:
    made = {r.name: r.tunnel.ipv6 for r in design(DUAL).routers}
    assert {n: str(six.link_local) for n, six in made.items() if six} == {
        "hub": "fe80::1", "spoke1": "fe80::2", "spoke2": "fe80::3",
    }  # fmt: skip
    pair = changed({"tunnel": {"ipv6_subnet": "2001:db8:ff::/127"}, "phase": 0}, DUAL)
    pair = {**pair, "spokes": {"spoke1": pair["spokes"]["spoke1"], "spoke2": None}}
    assert [str(r.tunnel.ipv6.link_local) for r in design(pair).routers if r.tunnel.ipv6] == [
        *("fe80::1", "fe80::2")
    ]
    wide = changed({"tunnel": {"ipv6_subnet": "2001:db8:ff::/112"}}, DUAL)
    assert [str(r.tunnel.ipv6.link_local) for r in design(wide).routers if r.tunnel.ipv6] == [
        *("fe80::1", "fe80::2", "fe80::3")
    ]


@pytest.mark.parametrize(
    ("patch", "ipv4", "ipv6"),
    [
        (DUAL, (1400, 1360), (1400, 1340)),
        (changed(NBMA, DUAL), (1380, 1340), (1380, 1320)),
        (changed({"tunnel": {"ipv6_mtu": 1300}}, DUAL), (1400, 1360), (1300, 1240)),
        (changed({"tunnel": {"tcp_mss": "off"}}, DUAL), (1400, None), (1400, None)),
    ],
)
def test_sizes_follow_from_what_carries_the_tunnels(
    patch: Raw, ipv4: tuple[int, int], ipv6: tuple[int, int]
) -> None:
    tunnel = design(patch).hubs[0].tunnel
    assert (tunnel.ip_mtu, tunnel.tcp_mss) == ipv4
    assert tunnel.ipv6
    assert (tunnel.ipv6.mtu, tunnel.ipv6.tcp_mss) == ipv6


# --- the same facts from every source -------------------------------------------------------------

BASE: Raw = changed(
    {
        "tunnel": {"ipv6_subnet": "2001:db8:ff::/64"},
        "overlay": {"summaries": ["10.0.0.0/8", "2001:db8::/32"]},
    },
    WAN,
)
SPOKES: Raw = {
    "berlin": {
        "nbma": "2001:db8:0:2::1", "tunnel_ipv6_address": "2001:db8:ff::b", "link_local": "fe80::b",
        "lan": ["10.1.0.1/24", "2001:db8:1::1/64"],
        "wan": {"address": "2001:db8:0:2::1/64", "gateway": "fe80::1"},
    },
    "kiel": {"nbma": "dynamic", "lan": ["2001:db8:2::1/64"], "wan": {"address": "autoconfig"}},
}  # fmt: skip
CSV = """\
name,nbma,tunnel_ipv6_address,link_local,wan.address,wan.gateway,lan
berlin,2001:db8:0:2::1,2001:DB8:ff::b,fe80::b,2001:db8:0:2::1/64,fe80::1,\
10.1.0.1/24 2001:db8:1::1/64
kiel,dynamic,,,autoconfig,,2001:db8:2:0::1/64
"""


def _configs(base: Path) -> dict[str, str]:
    renderer = Renderer(placeholder)
    return {router.name: renderer.render(router) for router in open_design(base).routers}


def _from(base: Path, name: str, patch: Raw) -> Path:
    (base / name).mkdir()
    spokes = {"spoke1": None, "spoke2": None, **patch.get("spokes", {})}
    return folder(base / name, {**BASE, **patch, "spokes": spokes})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBoxDouble]:
    monkeypatch.setenv("NETBOX_TOKEN", "canary-token")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with netbox("canary-token") as double:
        yield double


def test_csv_and_netbox_give_the_bytes_of_yaml(tmp_path: Path, server: NetBoxDouble) -> None:
    yaml = _configs(_from(tmp_path, "yaml", {"spokes": SPOKES}))
    assert "ipv6 address FE80::B link-local" in yaml["berlin"]
    table = _from(tmp_path, "csv", {"spokes_from": {"csv": "spokes.csv"}})
    (table / "clouds" / "spokes.csv").write_text(CSV)
    assert _configs(table) == yaml
    berlin: dict[str, Any] = {
        "primary_ip6": {"id": 1, "family": 6, "address": "2001:db8:0:2::1/64"},
        "custom_fields": {"tunnel": "2001:db8:ff::b/64", "local": "fe80::b", "gateway": "fe80::1"},
    }
    first = server.add_device("berlin", **berlin)
    kiel = {"wan": "autoconfig", "tunnel": None, "local": None, "gateway": None}
    second = server.add_device("kiel", primary_ip6=None, custom_fields=kiel)
    server.add_address(first, "2001:db8:1::1/64", "lan")
    server.add_address(first, "10.1.0.1/24", "lan")
    server.add_address(second, "2001:db8:2::1/64", "lan")
    server.devices[0]["custom_fields"]["wan"] = "2001:db8:0:2::1/64"
    source = {
        "url": server.url, "token": "env:NETBOX_TOKEN", "filter": {"role": "branch"},
        "fields": {
            "nbma": "primary_ip6.address", "tunnel_ipv6_address": "custom_fields.tunnel",
            "link_local": "custom_fields.local", "wan.address": "custom_fields.wan",
            "wan.gateway": "custom_fields.gateway",
        },
        "addresses": {"lan": {"tag": "lan"}},
    }  # fmt: skip
    assert _configs(_from(tmp_path, "netbox", {"spokes_from": {"netbox": source}})) == yaml


# --- what verify cannot read ----------------------------------------------------------------------


def test_verify_refuses_only_neighbors_whose_addresses_nobody_knows() -> None:
    for patch in ({}, DUAL, ALONE, NBMA, EVERYWHERE):
        refuse_unread(design(patch))
        assert left_out(design(patch)) == ""
    mac = {"tunnel": {"ipv6_link_local": False}}
    refuse_unread(design(changed(mac, ALONE)))  # BGP has addresses of the subnet
    with pytest.raises(NothingCheckedError, match="link-local address of hub") as caught:
        refuse_unread(design(changed({**mac, "overlay": {"kind": "ospf"}}, ALONE)))
    assert caught.value.exit_code == 3
    nameless = design(changed({**mac, "overlay": OSPF}, DUAL))
    refuse_unread(nameless)
    assert "IPv6 inside the tunnels is not judged" in left_out(nameless)
    assert list(by_family(nameless)) == ["ipv4"]
    assert list(by_family(design(DUAL))) == ["ipv4", "ipv6"]
    assert list(by_family(design(ALONE))) == [None]


@pytest.mark.parametrize("patch", [{}, ALONE, NBMA, EVERYWHERE])
def test_a_cloud_of_one_family_is_its_only_side(patch: Raw) -> None:
    cloud = design(patch)
    assert sides(cloud) == (cloud,)


def test_the_sides_of_a_dual_stack_cloud_know_only_their_family() -> None:
    cloud = design(DUAL)
    old, new = sides(cloud)
    assert [side.tunnel_subnet.version for side in (old, new)] == [4, 6]
    assert not any(router.lan_ipv6_prefixes or router.overlay_ipv6 for router in old.routers)
    for side, router in zip(new.routers, cloud.routers, strict=True):
        assert router.tunnel.ipv6 is not None
        assert side.tunnel.address == router.tunnel.ipv6.address
        assert side.tunnel.nhrp.nhs == router.tunnel.ipv6.nhs
        assert (side.tunnel.ip_mtu, side.tunnel.tcp_mss) == (1400, 1340)
        assert side.overlay == router.overlay_ipv6
        assert side.lans == router.lan_ipv6_prefixes
        assert router_sides(router)[1] == side
