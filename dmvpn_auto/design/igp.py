"""OSPF, EIGRP, RIP, static routes and ODR as overlay."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Literal, TypedDict

from dmvpn_auto.design.facts import Facts, order
from dmvpn_auto.design.types import (
    Eigrp,
    EigrpKey,
    Network,
    Odr,
    Ospf,
    OspfNetwork,
    Ospfv3,
    PrefixList,
    Rip,
    Static,
    StaticRoute,
)
from dmvpn_auto.models import overlay as intent
from dmvpn_auto.models.routers import Hub, Spoke

_ELECTED = ("broadcast", "non-broadcast")


class _Alike(TypedDict):
    """What both versions of OSPF say of a router."""

    process: int
    router_id: IPv4Address
    area: int
    area_type: Literal["normal", "stub", "totally-stub", "nssa", "totally-nssa"]
    network_type: Literal["point-to-multipoint", "broadcast", "non-broadcast", "point-to-point"]
    hello: int
    dead: int
    priority: int | None
    cost: int | None
    default_originate: bool
    bfd: bool


def _alike(facts: Facts, overlay: intent.Ospf, name: str, router: Hub | Spoke) -> _Alike:
    """Hubs are designated by priority, the first of the intent best."""
    default = isinstance(router, Hub) and facts.to_spokes == "default"
    return _Alike(
        process=overlay.process,
        router_id=facts.router_id(name, router),
        area=overlay.area,
        area_type=overlay.area_type,
        network_type=overlay.network_type,
        hello=overlay.hello,
        dead=overlay.dead,
        priority=_priority(facts, name) if overlay.network_type in _ELECTED else None,
        cost=overlay.cost,
        default_originate=default and overlay.area_type == "normal",
        bfd=overlay.bfd,
    )


def ospf(facts: Facts, overlay: intent.Ospf, name: str, router: Hub | Spoke) -> Ospf:
    """Return OSPF of a router."""
    hub = isinstance(router, Hub)
    # The LAN of a regional hub in area 0 would be a second backbone, apart from the first.
    top = isinstance(router, Hub) and not router.upstream
    lan_area = overlay.area if hub or overlay.lan_area is None else overlay.lan_area
    return Ospf(
        kind="ospf",
        **_alike(facts, overlay, name, router),
        key_id=overlay.key_id,
        authentication=overlay.authentication,
        networks=tuple(OspfNetwork(prefix=n, area=0 if top and overlay.area else lan_area)
                       for n in facts.networks(router) if isinstance(n, IPv4Network)),
        neighbors=_clients(facts, name) if hub and overlay.network_type == "non-broadcast" else (),
        summaries=_ipv4(facts.summaries(router)) if isinstance(router, Hub) else (),
    )  # fmt: skip


def ospfv3(facts: Facts, overlay: intent.Ospf, name: str, router: Hub | Spoke) -> Ospfv3:
    """Return OSPFv3 of a router."""
    lans = facts.networks(router)
    return Ospfv3(
        kind="ospfv3",
        **_alike(facts, overlay, name, router),
        connected=PrefixList(name="DMVPN-LAN-V6", prefixes=lans) if lans else None,
    )


def _ipv4(prefixes: tuple[Network, ...]) -> tuple[IPv4Network, ...]:
    return tuple(prefix for prefix in prefixes if isinstance(prefix, IPv4Network))


def _priority(facts: Facts, name: str) -> int:
    hubs = list(facts.intent.hubs)
    return max(1, 255 - hubs.index(name)) if name in hubs else 0


def _clients(facts: Facts, name: str) -> tuple[IPv4Address, ...]:
    """Return those whom a non-broadcast hub must name: its spokes, and the other hubs."""
    spokes = facts.intent.spokes
    names = [other for other in spokes if name in facts.hub_names(spokes[other].hubs)]
    found = [facts.addresses[other] for other in (*facts.peers(name), *names)]
    return tuple(sorted(address for address in found if isinstance(address, IPv4Address)))


def eigrp(facts: Facts, overlay: intent.EigrpClassic | intent.EigrpNamed, name: str,
          router: Hub | Spoke) -> Eigrp:  # fmt: skip
    """Return EIGRP of a router."""
    hub = isinstance(router, Hub)
    summaries = facts.summaries(router) if isinstance(router, Hub) else ()
    if hub and facts.to_spokes == "default":
        summaries = (facts.default,)
    keep = overlay.next_hop_self
    return Eigrp(
        kind=overlay.kind,
        name=overlay.name if isinstance(overlay, intent.EigrpNamed) else None,
        asn=overlay.asn,
        router_id=facts.router_id(name, router),
        hello=overlay.hello,
        hold=overlay.hold,
        stub=overlay.stub and not hub,
        split_horizon=overlay.split_horizon or not hub or facts.intent.phase == 0,
        next_hop_self=(facts.intent.phase != 2 if keep is None else keep) or not hub,
        networks=facts.of_family((facts.subnet, *facts.networks(router)))
        if facts.family == "ipv4"
        else (),
        summaries=summaries,
        key=EigrpKey(chain=overlay.key_chain, secret=overlay.authentication)
        if overlay.authentication
        else None,
        bfd=overlay.bfd,
        family=facts.family,
    )


def rip(facts: Facts, router: Hub | Spoke) -> Rip:
    """Return RIP of a router."""
    hub = isinstance(router, Hub)
    wanted = _ipv4((facts.subnet, *facts.networks(router)))
    return Rip(
        kind="rip",
        networks=tuple(sorted({classful(network) for network in wanted})),
        split_horizon=not hub or facts.intent.phase == 0,
        summaries=_ipv4(facts.summaries(router)) if isinstance(router, Hub) else (),
        default_originate=hub and facts.to_spokes == "default",
    )


def classful(network: IPv4Network) -> IPv4Network:
    """Return the class A, B or C network that holds `network`, the first one of several."""
    first = int(network.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    if network.prefixlen <= length:
        return IPv4Network((int(network.network_address), length))
    return network.supernet(new_prefix=length)


def static(facts: Facts, name: str, router: Hub | Spoke) -> Static:
    """Return the static routes of a router.

    A hub has one for each prefix of its spokes and of the hubs beside it. A spoke has the summary
    or the default to its first hub, or one for each prefix of the others: to their own tunnel
    address in Phase 2, to the hub otherwise.
    """
    intents = facts.intent
    if isinstance(router, Hub):
        sites: list[tuple[str, Hub | Spoke]] = [
            (other, spoke)
            for other, spoke in intents.spokes.items()
            if name in facts.hub_names(spoke.hubs)
        ]
        sites += [(other, intents.hubs[other]) for other in facts.registers_with(name)]
        routes = {lan: facts.addresses[other] for other, s in sites for lan in facts.networks(s)}
    else:
        hubs = facts.hub_names(router.hubs)
        if not hubs:
            return Static(kind="static", routes=())  # a rule refuses it: nhs-unknown
        hub = hubs[0]
        gateway = facts.addresses[hub]
        if facts.to_spokes == "default":
            routes = {facts.default: gateway}
        elif facts.to_spokes == "summary":
            routes = dict.fromkeys(facts.summaries(intents.hubs[hub]), gateway)
        else:
            direct = intents.phase == 2
            routes = {
                lan: facts.addresses[other] if direct or other == hub else gateway
                for other, one in (*intents.hubs.items(), *intents.spokes.items())
                if other != name
                for lan in facts.networks(one)
            }
    return Static(
        kind="static",
        routes=tuple(StaticRoute(prefix=p, next_hop=routes[p]) for p in sorted(routes, key=order)),
        family=facts.family,
    )


def odr(router: Hub | Spoke) -> Odr:
    """Return ODR of a router; only hubs run the process."""
    return Odr(kind="odr", process=isinstance(router, Hub))
