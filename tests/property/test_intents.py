"""Whatever combination an intent holds, it is refused by name or renders to text that reads."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dmvpn_auto.design import Ledger, Severity, resolve
from dmvpn_auto.design.rules import check
from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.ios import parse, render
from dmvpn_auto.models import Cloud
from dmvpn_auto.render import Renderer, placeholder

Raw = dict[str, Any]
_BGP = st.fixed_dictionaries(
    {"kind": st.just("ibgp"), "asn": st.sampled_from([1, 65000])},
    optional={"bfd": st.booleans(), "password": st.just("env:BGP")},
)
_EBGP = st.fixed_dictionaries(
    {"kind": st.just("ebgp"), "hub_asn": st.just(65000)},
    optional={"spoke_asn": st.sampled_from([65000, 65001]), "allowas_in": st.booleans()},
)
_OSPF = st.fixed_dictionaries(
    {
        "kind": st.just("ospf"),
        "network_type": st.sampled_from(
            ["point-to-multipoint", "broadcast", "non-broadcast", "point-to-point"]
        ),
        "area": st.sampled_from([0, 1]),
        "area_type": st.sampled_from(["normal", "stub", "totally-stub", "nssa", "totally-nssa"]),
    },
    optional={"authentication": st.just("env:OSPF"), "lan_area": st.sampled_from([0, 2])},
)
_EIGRP = st.fixed_dictionaries(
    {"kind": st.sampled_from(["eigrp", "eigrp-named"]), "asn": st.just(100)},
    optional={
        "authentication": st.just("env:EIGRP"),
        "split_horizon": st.booleans(),
        "next_hop_self": st.booleans(),
        "stub": st.booleans(),
    },
)
_PLAIN = st.fixed_dictionaries({"kind": st.sampled_from(["rip", "static", "odr"])})
_TOLD = st.fixed_dictionaries(
    {},
    optional={
        "to_spokes": st.sampled_from(["summary", "default", "specific"]),
        "summaries": st.sampled_from([[], ["10.0.0.0/8"], ["192.0.2.0/24", "10.0.0.0/9"]]),
    },
)
_OVERLAYS = st.builds(
    lambda kind, told: {**told, **kind}, st.one_of(_BGP, _EBGP, _OSPF, _EIGRP, _PLAIN), _TOLD
)
_TRUST = {"enrollment_url": "http://192.0.2.1"}
_CRYPTO = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["ikev2-psk", "ikev1-psk"]),
            "pre_shared_key": st.sampled_from(["env:PSK", "env:PSK", None]),
        },
        optional={"dpd": st.none()},
    ),
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["ikev2-certificate", "ikev1-certificate"]),
            "trustpoint": st.just(_TRUST),
        }
    ),
    st.just({"kind": "ikev2-psk", "pre_shared_key": "env:PSK", "identity_domain": "example.net"}),
    st.just({"kind": "none", "reason": "a test"}),
)
_TRANSPORT = st.fixed_dictionaries(
    {"source": st.just("GigabitEthernet1")},
    optional={
        "front_vrf": st.just("INET"),
        "inside_rd": st.just("1:1"),
    },
)
_VARIANTS: st.SearchStrategy[Raw] = st.sampled_from(
    [
        {},
        {},
        {"inside_vrf": "BLUE", "inside_rd": "1:1"},
        {"manage": True, "acl": "WAN"},
        {"manage": True, "provider": {"kind": "ospf"}},
        {"manage": True, "provider": {"kind": "rip"}},
        {
            "manage": True,
            "front_rd": "1:9",
            "inside_vrf": "BLUE",
            "inside_rd": "1:1",
            "provider": {"kind": "bgp", "asn": 64512, "provider_asn": 3320},
        },
        {"dns": {"servers": ["192.0.2.53"]}},
    ]
)
_WANS = st.sampled_from(
    [
        {"address": "dhcp"},
        {"address": "negotiated"},
        {"address": "198.51.100.2/24", "gateway": "198.51.100.1"},
    ]
)
_HUB_NAMES = ["h0", "h1", "h2"]


def _router(number: int, spoke: bool) -> st.SearchStrategy[Raw]:
    """Return strategies of one router; its own prefix and, perhaps, its own everything."""
    nbma = f"{'198.51.100' if spoke else '203.0.113'}.{number + 1}"
    optional: dict[str, st.SearchStrategy[Any]] = {
        "wan": _WANS,
        "router_id": st.just(f"1.1.{int(spoke)}.{number + 1}"),
        "source": st.sampled_from(["Loopback0", "Dialer1"]),
        "lan": st.just([f"10.{number + 100 * spoke}.0.1/24"]),
        "bandwidth": st.just(1000),
        "dialect": st.sampled_from(["ios", "iosxe"]),
    }
    some_hubs = st.lists(st.sampled_from([*_HUB_NAMES[:2] * 3, "nobody"]), unique=True, max_size=1)
    if spoke:
        optional |= {"hubs": some_hubs, "asn": st.just(65100 + number)}
        optional |= {"pre_shared_key": st.just("env:OWN")}
        return st.fixed_dictionaries(
            {"nbma": st.sampled_from([nbma, "dynamic"])}, optional=optional
        )
    optional |= {"upstream": some_hubs, "nat": st.booleans(), "priority": st.integers(0, 255)}
    optional |= {"name": st.just("hub.example.net"), "asn": st.just(65200 + number)}
    optional |= {"cluster": st.integers(0, 10), "summaries": st.just(["10.0.0.0/12"])}
    return st.fixed_dictionaries({"nbma": st.just(nbma)}, optional=optional)


@st.composite
def intents(draw: st.DrawFn) -> Raw:
    hubs = {name: draw(_router(n, False)) for n, name in enumerate(_HUB_NAMES[: draw(_FEW)])}
    spokes = {f"s{n}": draw(_router(n, True)) for n in range(draw(st.integers(0, 3)))}
    return {
        "phase": draw(st.sampled_from([1, 2, 3, 3, 3, 0])),
        "dialect": draw(st.sampled_from(["ios", "iosxe"])),
        "tunnel": {"subnet": "10.255.0.0/24", **draw(_TUNNEL)},
        "nhrp": draw(_NHRP),
        "transport": {**draw(_TRANSPORT), **draw(_VARIANTS)},
        "crypto": draw(_CRYPTO),
        "overlay": draw(_OVERLAYS),
        "hubs": hubs,
        "spokes": spokes,
    }


_FEW = st.integers(1, 3)
_TUNNEL = st.fixed_dictionaries(
    {},
    optional={
        "key": st.sampled_from([0, 100]),
        "shared": st.booleans(),
        "pim": st.just("sparse-mode"),
        "tcp_mss": st.sampled_from([1300, "off"]),
        "if_state_nhrp": st.booleans(),
    },
)
_NHRP = st.fixed_dictionaries(
    {},
    optional={
        "authentication": st.just("env:NHRP"),
        "nhs_style": st.sampled_from(["nhs-nbma", "map"]),
        "cluster_max_connections": st.integers(0, 3),
        "fallback": st.integers(0, 60),
        "server_only": st.booleans(),
        "no_unique": st.booleans(),
    },
)


@settings(deadline=None, max_examples=300)
@given(intents())
def test_an_intent_is_refused_by_name_or_renders(raw: Raw) -> None:
    try:
        intent = Cloud.model_validate(raw)
    except ValidationError:
        return
    design = resolve("any", intent, Ledger())
    findings = check(intent, design, Ledger(), lambda _reference: None)
    assert all(f.rule and f.message and f.where for f in findings)
    if any(f.severity is Severity.ERROR for f in findings):
        return
    renderer = Renderer(placeholder)
    for router in design.routers:
        text = renderer.render(router)
        _reads_well(router, text)


def _reads_well(router: RouterDesign, text: str) -> None:
    assert "None" not in text
    assert "  \n" not in text
    assert "\n\n" not in text
    tree = parse(text)
    assert parse(render(tree)) == tree
    tunnel = tree[f"interface {router.tunnel.interface}"]
    assert any(line.startswith("tunnel source ") for line in tunnel)
    for line in tunnel:
        if line.startswith("tunnel protection ipsec profile "):
            assert f"crypto ipsec profile {line.split()[4]}" in tree
