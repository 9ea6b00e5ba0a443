"""NHRP of hubs and spokes: who registers where, and who redirects whom."""

from __future__ import annotations

from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.types import Nhrp, Nhs, NhsCluster, QosGroup


def servers(facts: Facts, names: tuple[str, ...], *, spoke: bool) -> tuple[Nhs, ...]:
    """Return the next-hop servers `names`; the defaults of priority and cluster are not said."""
    hubs = facts.intent.hubs
    learnt = spoke and facts.intent.nhrp.nhs_learnt
    return tuple(
        Nhs(
            hub=name,
            tunnel_address=facts.addresses[name],
            nbma_address=hubs[name].nbma,
            priority=hubs[name].priority or None,
            cluster=hubs[name].cluster or None,
            name=hubs[name].name if spoke else None,
            learnt=learnt,
        )
        for name in names
    )


def hub_nhrp(facts: Facts, name: str) -> Nhrp:
    """Return the NHRP of a hub; a regional hub is a spoke to those above it as well."""
    intent, qos = facts.intent, facts.intent.qos
    three = intent.phase == 3
    return Nhrp(
        network_id=facts.network_id,
        authentication=intent.nhrp.authentication,
        holdtime=intent.nhrp.holdtime,
        registration_timeout=intent.nhrp.registration_timeout
        if facts.registers_with(name)
        else None,
        registration_no_unique=False,
        multicast_dynamic=True,
        redirect=three,
        shortcut=three and bool(facts.upstream(name)),
        nhs=servers(facts, facts.registers_with(name), spoke=False),
        classic_nhs=intent.nhrp.nhs_style == "map",
        server_only=intent.nhrp.server_only,
        group_policies=tuple(
            QosGroup(group=group, policy=policy) for group, policy in sorted(qos.groups.items())
        )
        if qos
        else (),
    )


def spoke_nhrp(facts: Facts, hubs: tuple[str, ...], group: str | None) -> Nhrp:
    """Return the NHRP of a spoke that registers with `hubs`."""
    nhrp = facts.intent.nhrp
    nhs = servers(facts, hubs, spoke=True)
    most = nhrp.cluster_max_connections
    clusters = sorted({server.cluster or 0 for server in nhs}) if most is not None else ()
    return Nhrp(
        network_id=facts.network_id,
        authentication=nhrp.authentication,
        holdtime=nhrp.holdtime,
        registration_timeout=nhrp.registration_timeout,
        registration_no_unique=nhrp.no_unique,
        multicast_dynamic=False,
        redirect=False,
        shortcut=facts.intent.phase == 3,
        nhs=nhs,
        classic_nhs=nhrp.nhs_style == "map",
        clusters=tuple(NhsCluster(number=c, max_connections=most or 0) for c in clusters),
        fallback=nhrp.fallback or None,
        group=group,
    )
