"""`show interfaces`, `show ip interface`, `show ip interface brief`, `show interfaces description`.

What Linux does not count (rates, time since the last packet, broadcasts) is left out rather than
shown as zero; what a virtual wire cannot have (collisions, CRC errors) is zero, as on IOS.
"""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.lab.live import Interface, Tree, TunnelInfo
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import short, text
from dmvpn_auto.lab.show.types import ShowContext

_TUNNEL_MTU = 10000  # bytes, of an IOS-XE tunnel interface before encapsulation
_ETHERNET_MTU = 1500


def show_interfaces(context: ShowContext) -> str:
    """Lay out `show interfaces [X]`."""
    tunnels = {tunnel.name: tunnel for tunnel in context.live.tunnels}
    lines: list[str] = []
    for interface in _wanted(context):
        lines += _interface(context, interface, tunnels.get(interface.name))
    return text(lines)


def show_ip_interface(context: ShowContext) -> str:
    """Lay out `show ip interface [X]`; its `MTU is` line is the IP MTU."""
    lines: list[str] = []
    for interface in _wanted(context):
        lines += _ip_interface(context, interface)
    return text(lines)


def show_brief(context: ShowContext) -> str:
    """Lay out `show ip interface brief`."""
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for interface in _wanted(context):
        address = str(interface.address.ip) if interface.address else "unassigned"
        method = _method(context.running, interface)
        lines.append(
            f"{interface.name:<22} {address:<15} YES {method:<6}"
            f" {_status(interface):<21} {_protocol(interface):<8}"
        )
    return text(lines)


def show_description(context: ShowContext) -> str:
    """Lay out `show interfaces description`."""
    lines = ["Interface                      Status         Protocol Description"]
    for interface in _wanted(context):
        status = _status(interface).replace("administratively", "admin")
        lines.append(
            f"{short(interface.name):<31}{status:<15}{_protocol(interface):<9}"
            f"{interface.description or ''}"
        )
    return text(lines)


def _wanted(context: ShowContext) -> list[Interface]:
    name = context.args.get("interface")
    chosen = (one for one in context.live.interfaces if name in (None, one.name))
    return sorted(chosen, key=_order)


def _order(interface: Interface) -> tuple[str, list[int]]:
    stem = interface.name.rstrip("0123456789/.")
    numbers = interface.name[len(stem) :].replace(".", "/").split("/")
    return stem, [int(number) for number in numbers if number]


def _status(interface: Interface) -> str:
    if not interface.admin_up:
        return "administratively down"
    return "up" if interface.line_up or interface.name.startswith("Tunnel") else "down"


def _protocol(interface: Interface) -> str:
    return "up" if interface.admin_up and interface.line_up else "down"


def _method(running: Tree, interface: Interface) -> str:
    if interface.address is None:
        return "unset"
    lines = config.interface(running, interface.name)
    return "DHCP" if config.value(lines, "ip address") == "dhcp" else "manual"


def _interface(context: ShowContext, one: Interface, tunnel: TunnelInfo | None) -> Iterator[str]:
    yield f"{one.name} is {_status(one)}, line protocol is {_protocol(one)} "
    if tunnel is not None:
        yield "  Hardware is Tunnel"
    elif one.name.startswith("Loopback"):
        yield "  Hardware is Loopback"
    else:
        mac = _mac(one.mac)
        yield f"  Hardware is vNIC, address is {mac} (bia {mac})"
    if one.description:
        yield f"  Description: {one.description}"
    if one.address:
        yield f"  Internet address is {one.address}"
    mtu = one.mtu if tunnel is None else _TUNNEL_MTU - _overhead(tunnel)
    yield f"  MTU {mtu} bytes, BW {one.bandwidth} Kbit/sec, DLY {one.delay * 10} usec, "
    yield "     reliability 255/255, txload 1/255, rxload 1/255"
    if tunnel is not None:
        yield from _tunnel(context, one, tunnel)
    elif one.name.startswith("Loopback"):
        yield "  Encapsulation LOOPBACK, loopback not set"
        yield "  Keepalive set (10 sec)"
    else:
        yield "  Encapsulation ARPA, loopback not set"
        yield "  Keepalive set (10 sec)"
        yield "  Full Duplex, 1000Mbps, link type is auto, media type is Virtual"
        yield "  output flow-control is unsupported, input flow-control is unsupported"
        yield "  ARP type: ARPA, ARP Timeout 04:00:00"
    yield "  Queueing strategy: fifo"
    yield f"     {one.rx_packets} packets input, {one.rx_bytes} bytes, 0 no buffer"
    yield "     0 runts, 0 giants, 0 throttles "
    yield f"     {one.rx_errors} input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored" + (
        ", 0 abort" if tunnel is not None or one.mac is None else ""
    )
    yield f"     {one.tx_packets} packets output, {one.tx_bytes} bytes, 0 underruns"
    yield f"     {one.tx_errors} output errors, 0 collisions, 0 interface resets"
    yield "     0 unknown protocol drops"
    yield "     0 output buffer failures, 0 output buffers swapped out"


def _mac(mac: str | None) -> str:
    """Write a MAC address as IOS does: aabb.cc00.0100."""
    digits = (mac or "").replace(":", "").replace(".", "").lower().rjust(12, "0")
    return ".".join(digits[place : place + 4] for place in (0, 4, 8))


def _tunnel(context: ShowContext, one: Interface, tunnel: TunnelInfo) -> Iterator[str]:
    yield "  Encapsulation TUNNEL, loopback not set"
    yield "  Keepalive not set"
    yield f"  Tunnel linestate evaluation {_protocol(one)}"
    source = str(tunnel.source_address or "UNKNOWN")
    if tunnel.source_interface:
        source += f" ({tunnel.source_interface})"
    peer = "" if tunnel.multipoint else f", destination {tunnel.destination or 'UNKNOWN'}"
    yield f"  Tunnel source {source}{peer}"
    if tunnel.source_interface:
        yield "   Tunnel Subblocks:"
        yield "      src-track:"
        yield (
            f"         {one.name} source tracking subblock associated with"
            f" {tunnel.source_interface}"
        )
        yield (
            f"          Set of tunnels with source {tunnel.source_interface}, 1 member (includes"
            " iterators), on interface <OK>"
        )
    yield f"  Tunnel protocol/transport {'multi-GRE/IP' if tunnel.multipoint else 'GRE/IP'}"
    key = "Key disabled" if tunnel.key is None else f"Key 0x{tunnel.key:X}"
    yield f"    {key}, sequencing disabled"
    yield "    Checksumming of packets disabled"
    yield "  Tunnel TTL 255, Fast tunneling enabled"
    yield f"  Tunnel transport MTU {_transport_mtu(context, tunnel)} bytes"
    yield "  Tunnel transmit bandwidth 8000 (kbps)"
    yield "  Tunnel receive bandwidth 8000 (kbps)"
    if tunnel.front_vrf:
        yield f'  Tunnel VRF "{tunnel.front_vrf}"'
    if tunnel.protection_profile:
        shared = _shared(context.running, one)
        yield f'  Tunnel protection via IPSec (profile "{tunnel.protection_profile}"){shared}'


def _shared(running: Tree, one: Interface) -> str:
    lines = config.interface(running, one.name)
    words = (config.value(lines, "tunnel protection ipsec profile") or "").split()
    return " shared" if "shared" in words else ""


def _overhead(tunnel: TunnelInfo) -> int:
    """Return the bytes that IPv4, GRE and its key add."""
    return 24 if tunnel.key is None else 28


def _transport_mtu(context: ShowContext, tunnel: TunnelInfo) -> int:
    underlay = (one for one in context.live.interfaces if one.name == tunnel.source_interface)
    return next((one.mtu for one in underlay), _ETHERNET_MTU) - _overhead(tunnel)


def _ip_interface(context: ShowContext, one: Interface) -> Iterator[str]:
    lines = config.interface(context.running, one.name)
    yield f"{one.name} is {_status(one)}, line protocol is {_protocol(one)}"
    if one.address is None:
        yield "  Internet protocol processing disabled"
        return
    redirects = "never" if "no ip redirects" in lines else "always"
    yield f"  Internet address is {one.address}"
    yield "  Broadcast address is 255.255.255.255"
    yield "  Address determined by setup command"
    yield f"  MTU is {one.ip_mtu or one.mtu} bytes"
    yield "  Helper address is not set"
    yield "  Directed broadcast forwarding is disabled"
    for name, key in (
        ("Outgoing Common", None),
        ("Outgoing", "out"),
        ("Inbound Common", None),
        ("Inbound ", "in"),
    ):
        yield f"  {name} access list is {_access_list(lines, key)}"
    yield f"  Proxy ARP is {'disabled' if 'no ip proxy-arp' in lines else 'enabled'}"
    yield "  Local Proxy ARP is disabled"
    yield "  Security level is default"
    yield "  Split horizon is enabled"
    yield f"  ICMP redirects are {redirects} sent"
    yield f"  ICMP unreachables are {'never' if 'no ip unreachables' in lines else 'always'} sent"
    yield "  ICMP mask replies are never sent"
    yield "  IP fast switching is enabled"
    yield "  IP Flow switching is disabled"
    yield "  IP CEF switching is enabled"
    yield "  IP CEF switching turbo vector"
    if one.vrf:
        yield f'  VPN Routing/Forwarding "{one.vrf}"'
    yield "  IP multicast fast switching is enabled"
    yield "  IP multicast distributed fast switching is disabled"
    yield "  IP route-cache flags are Fast, CEF"
    yield "  Router Discovery is disabled"
    yield "  IP output packet accounting is disabled"
    yield "  IP access violation accounting is disabled"
    yield "  TCP/IP header compression is disabled"
    yield "  RTP/IP header compression is disabled"
    yield "  Probe proxy name replies are disabled"
    yield "  Policy routing is disabled"
    yield "  Network address translation is disabled"
    yield "  BGP Policy Mapping is disabled"
    clamp = "TCP Adjust MSS" if config.value(lines, "ip tcp adjust-mss") else None
    if clamp:
        yield f"  Output features: {clamp}"
    yield f"  Input features: {f'{clamp}, ' if clamp else ''}MCI Check"
    yield "  IPv4 WCCP Redirect outbound is disabled"
    yield "  IPv4 WCCP Redirect inbound is disabled"
    yield "  IPv4 WCCP Redirect exclude is disabled"


def _access_list(lines: Tree, direction: str | None) -> str:
    for rest in config.values(lines, "ip access-group"):
        name, _, way = rest.rpartition(" ")
        if way == direction:
            return name
    return "not set"
