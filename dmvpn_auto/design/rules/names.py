"""Rules about hubs that spokes look up by name."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.rules.base import WARNING, Breach, Rule, View


def _named(cloud: View) -> Iterator[tuple[str, str]]:
    """Yield (hub, its name) of hubs that spokes look up."""
    return ((name, hub.name) for name, hub in cloud.intent.hubs.items() if hub.name)


class NameServers(Rule):
    """A spoke that cannot look the hub's name up never registers."""

    id = "nhs-name-servers"
    severity = WARNING
    fix = "set transport.dns.servers, or make sure that spokes have name servers already"
    source = "Cisco, DMVPN Configuration Using FQDN, prerequisites"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for names without servers, and servers without names."""
        named = list(_named(cloud))
        dns = cloud.intent.transport.dns
        if named and dns is None:
            hub, name = named[0]
            yield Breach(("hubs", hub, "name"), f"no name server is given to look {name} up")
        if dns is not None and not named:
            yield Breach(("transport", "dns"), "no hub has a name to look up")


class NameServersInside(Rule):
    """A name server that is reached through the tunnel cannot be asked before the tunnel is up,
    which waits for its answer.
    """

    id = "nhs-name-server-inside"
    fix = "name a server of the provider, outside the prefixes of the cloud"
    source = "Cisco, DMVPN Configuration Using FQDN, prerequisites"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for servers in the tunnel subnet or behind a router."""
        dns = cloud.intent.transport.dns
        if dns is None:
            return
        for position, server in enumerate(dns.servers):
            at = ("transport", "dns", "servers", position)
            if any(server in subnet for subnet in cloud.design.tunnel_subnets):
                yield Breach(at, f"name server {server} is in the tunnel subnet")
            for router in cloud.design.routers:
                for prefix in router.lans:
                    if server in prefix:
                        yield Breach(at, f"name server {server} is behind {router.name}")


class NameForm(Rule):
    """A name needs the line that can hold one: not the classic three lines, which hold addresses,
    and not a point-to-point tunnel, which ends at an address.
    """

    id = "nhs-name-form"
    fix = "leave nhrp.nhs_style at nhs-nbma and use phase 2 or 3, or leave `name` out"
    source = "Cisco, DMVPN Configuration Using FQDN; IP Addressing command reference, ip nhrp map"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for names, and for learnt tunnel addresses, where they cannot be written."""
        classic = cloud.intent.nhrp.nhs_style == "map"
        plain = cloud.intent.phase <= 1
        if not (classic or plain):
            return
        why = "nhrp.nhs_style is map" if classic else f"tunnels of Phase {cloud.intent.phase} end "
        why += "" if classic else "at an address"
        for hub, name in _named(cloud):
            yield Breach(("hubs", hub, "name"), f"the name {name} has no place: {why}")
        if cloud.intent.nhrp.nhs_learnt:
            yield Breach(("nhrp", "nhs_learnt"), f"a learnt hub has no place: {why}")


class NameOwnKey(Rule):
    """A spoke's own key is bound to the address of the hub, so that it fails on the day on which
    the name leads elsewhere.
    """

    id = "nhs-name-own-key"
    severity = WARNING
    fix = "use certificates or the common key where a hub's address may change"
    source = "Cisco, IKEv2 keyring (a peer is found by its address)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for spokes with a key of their own and a named hub."""
        named = dict(_named(cloud))
        if not named:
            return
        for router in cloud.design.spokes:
            own = cloud.intent.spokes[router.name].pre_shared_key
            hubs = [nhs.hub for nhs in router.tunnel.nhrp.nhs if nhs.hub in named]
            if own and hubs:
                at = ("spokes", router.name, "pre_shared_key")
                yield Breach(at, f"the key of {router.name} is bound to the address of {hubs[0]}")


RULES: tuple[type[Rule], ...] = (NameServers, NameServersInside, NameForm, NameOwnKey)
