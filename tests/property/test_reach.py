"""The fast look-up of all LANs in one table says what looking each one up would say."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from dmvpn_auto.observe.evidence import Route
from dmvpn_auto.verify.reach import Lans
from tests.unit.cloud_model import make_cloud

HUB = "10.255.0.1"
HOPS = (HUB, "10.255.0.11", "10.255.0.12", "192.0.2.1", None)


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    length = draw(st.integers(0, 8))
    return IPv4Network((0x0A000000 + (draw(st.integers(0, 255))), 24 + length), strict=False)


def route(prefix: IPv4Network, hop: str | None) -> Route:
    return Route(
        code="B", prefix=str(prefix), distance=200, metric=0, next_hop=hop, interface=None,
        age=None, vrf=None, override=False, nho=False,
    )  # fmt: skip


def naive(lan: IPv4Network, table: dict[str, list[Route]]) -> list[Route]:
    for length in range(lan.prefixlen, -1, -1):
        if paths := table.get(str(lan.supernet(new_prefix=length))):
            return paths
    return []


@given(
    st.lists(st.lists(networks(), max_size=4), min_size=2, max_size=2),
    st.dictionaries(
        networks(), st.lists(st.sampled_from(HOPS), min_size=1, max_size=3), max_size=12
    ),
)
def test_not_reached_is_longest_prefix_match(
    lans: list[list[IPv4Network]], hops: dict[IPv4Network, list[str | None]]
) -> None:
    _, *spokes = make_cloud(2).routers
    owners = [replace(s, lan_prefixes=tuple(p)) for s, p in zip(spokes, lans, strict=True)]
    table = {str(p): [route(p, hop) for hop in several] for p, several in hops.items()}
    found = [
        (prefix, owner.name, paths)
        for prefix, owner, paths in Lans(owners).not_reached(table, {HUB})
    ]
    wanted = []
    for owner in owners:
        for prefix in owner.lan_prefixes:
            paths = naive(prefix, table)
            shown = {p.next_hop for p in paths}
            own = {str(o.tunnel.address.ip) for o in owners if prefix in o.lan_prefixes}
            if shown.isdisjoint({HUB, *own}) or shown & {"10.255.0.11", "10.255.0.12"} - own:
                wanted.append((prefix, owner.name, paths))
    key = lambda row: (str(row[0]), row[1])  # noqa: E731
    assert sorted(found, key=key) == sorted(wanted, key=key)
