"""Side conditions of interface lines: addresses and VRFs, tunnel modes, protection."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network

from dmvpn_auto.lab.ios.config import Change, Config, Form, Section
from dmvpn_auto.lab.ios.values import is_virtual

MULTIPOINT = "tunnel mode gre multipoint"
_LONGEST_AUTHENTICATION = 8
_PORT_DEFAULTS = {"GigabitEthernet": ("negotiation auto", "no mop enabled", "no mop sysid")}


def _name(section: Section) -> str:
    return section.entry.args["name"] if section.entry else ""


def vrf_of(section: Section) -> str:
    """Return the VRF of an interface, "" for the global table."""
    entry = section.get("vrf forwarding")
    return entry.args["vrf"] if entry else ""


def addresses(section: Section) -> list[IPv4Interface]:
    """Return the IPv4 addresses of an interface, primary first."""
    return [
        IPv4Interface(f"{e.args['address']}/{e.args['mask']}")
        for e in section.starting("ip address")
        if "mask" in e.args
    ]


def is_multipoint(section: Section) -> bool:
    """Tell whether a tunnel is mGRE."""
    entry = section.get("tunnel mode")
    return entry is not None and entry.text.startswith(MULTIPOINT)


def vrf_exists(change: Change) -> str | None:
    """A VRF must be defined before it is used."""
    vrf = change.args["vrf"]
    return (
        None if change.config.top.get(f"vrf definition {vrf}") else f"% VRF {vrf} not configured."
    )


def _wipe(section: Section, why: str) -> list[str]:
    had = section.starting("ip address")
    if not any("address" in e.args for e in had):
        return []
    for entry in had:
        del section.entries[entry.identity]
    return [f"% Interface {_name(section)} IPv4 disabled and address(es) removed due to {why}"]


def address_wiped(change: Change) -> list[str]:
    """Entering or leaving a VRF removes the addresses of the interface."""
    entered = change.form is Form.SET
    vrf = change.args.get("vrf") or (change.previous.args.get("vrf", "") if change.previous else "")
    said = _wipe(change.section, f"{'enabling' if entered else 'disabling'} VRF {vrf}")
    if said:
        change.config.put(change.section, "no ip address", automatic=True)
    return said


def address_fits(change: Change) -> str | None:
    """Judge an address: mask, network and broadcast addresses, VRF family, overlaps in the
    same VRF."""
    address, mask = change.args["address"], change.args["mask"]
    try:
        interface = IPv4Interface(f"{address}/{mask}")
    except ValueError:
        return f"Bad mask {_hex(mask)} for address {address}"
    if str(interface.netmask) != mask:  # a wildcard was typed
        return f"Bad mask {_hex(mask)} for address {address}"
    network, length = interface.network, interface.network.prefixlen
    edges = (network.network_address, network.broadcast_address)
    if length < 31 and interface.ip in edges:
        return f"Bad mask /{length} for address {address}"
    if interface.ip.is_multicast or interface.ip.is_unspecified:
        return f"Not a valid host address - {address}"
    return _vrf_family(change) or _overlap(change, network)


def _hex(mask: str) -> str:
    return "0x" + "".join(f"{int(part):02X}" for part in mask.split("."))


def _vrf_family(change: Change) -> str | None:
    vrf = vrf_of(change.section)
    definition = change.config.top.get(f"vrf definition {vrf}") if vrf else None
    if definition and definition.children and not definition.children.get("address-family ipv4"):
        return f"% VRF {vrf} does not have address-family ipv4"
    return None


def _overlap(change: Change, network: IPv4Network) -> str | None:
    own = _name(change.section)
    for name, section in change.config.interface_sections():
        if name == own or vrf_of(section) != vrf_of(change.section):
            continue
        if any(a.network.overlaps(network) for a in addresses(section)):
            return f"% {network.network_address} overlaps with {name}"
    return None


def secondary_fits(change: Change) -> str | None:
    """A secondary address needs a primary one."""
    if not addresses(change.section):
        return "% Primary address must be configured first"
    return address_fits(change)


def primary_may_go(change: Change) -> str | None:
    """Secondary addresses go first."""
    if change.form is Form.SET or len(addresses(change.section)) < 2:
        return None
    return "Must delete secondary before deleting primary"


def address_gone(change: Change) -> list[str]:
    """Show that there is no address."""
    change.config.put(change.section, "no ip address", automatic=True)
    return []


def redirects_of_multipoint(change: Change) -> str | None:
    """Redirects stay off on a multipoint tunnel."""
    return "" if change.form is not Form.NO and is_multipoint(change.section) else None


def nhrp_authentication_length(change: Change) -> str | None:
    """At most 8 characters go on the wire."""
    if len(change.args.get("string", "")) > _LONGEST_AUTHENTICATION:
        return "% NHRP authentication string cannot be longer than 8 characters"
    return None


# --- tunnels --------------------------------------------------------------------------------------


def tunnels_only(change: Change) -> str | None:
    """Tunnel lines exist on tunnels only."""
    return None if _name(change.section).startswith("Tunnel") else "% Invalid input detected"


def _endpoint(section: Section, change: Change | None = None) -> tuple[str, str, str, str] | None:
    """Return source, mode, key and VRF of a multipoint tunnel, as they will be after `change`."""
    lines = {e.identity: e.text for e in section.entries.values()}
    if change is not None:
        lines[change.match.identity] = change.match.text
    mode = lines.get("tunnel mode", "")
    source = lines.get("tunnel source", "")
    if not source or not mode.startswith(MULTIPOINT):
        return None
    return source, mode, lines.get("tunnel key", ""), lines.get("tunnel vrf", "")


def tunnel_unique(change: Change) -> str | None:
    """Two multipoint tunnels with one source need different keys.

    The line is judged as typed, so the order matters as it does on IOS; not while a stored
    configuration is read.
    """
    if change.config.booting or change.form is not Form.SET:
        return None
    own = _endpoint(change.section, change)
    if own is None:
        return None
    for name, section in change.config.interface_sections():
        if section is not change.section and _endpoint(section) == own:
            return f"% {_name(change.section)}: tunnel source, mode and key are the same as {name}"
    return None


def tunnel_mode(change: Change) -> str | None:
    """A multipoint tunnel has no destination."""
    multipoint = change.match.text.startswith(MULTIPOINT)
    if multipoint and change.section.get("tunnel destination"):
        return "% Tunnel mode cannot be multipoint while a tunnel destination is configured"
    return tunnel_unique(change)


def mode_changed(change: Change) -> list[str]:
    """Redirects are switched off on mGRE; a change below a protection deserves a warning."""
    section = change.section
    if is_multipoint(section):
        if section.get("ip redirects") is None:
            change.config.put(section, "no ip redirects", automatic=True)
    else:
        redirects = section.get("ip redirects")
        if redirects and redirects.automatic:
            del section.entries["ip redirects"]
    if section.get("tunnel protection") and not change.config.booting:
        return [
            (
                "%WARNING: The tunnel mode has been modified while the tunnel protection is already"
                ' active. It is recommended to run "shutdown" and "no shutdown" on the tunnel'
                " interface."
            )
        ]
    return []


def tunnel_destination(change: Change) -> str | None:
    """A destination is for point-to-point tunnels."""
    if is_multipoint(change.section):
        return "% Tunnel destination cannot be configured under existing mode"
    return None


def protection(change: Change) -> str | None:
    """An undefined IPsec profile is ignored without a word (seen on IOL-XE 17.15)."""
    if change.form is not Form.SET:
        return None
    profile = change.args["profile"]
    return None if change.config.top.get(f"crypto ipsec profile {profile}") else ""


# --- the interface itself -------------------------------------------------------------------------


def interface_created(change: Change) -> list[str]:
    """A new interface has no address; a port of an unconfigured router is shut."""
    entry = change.section.get(change.match.identity)
    if change.previous is None and entry is not None and entry.children is not None:
        change.config.put(entry.children, "no ip address", automatic=True)
    return []


def port_lines(port: str) -> tuple[str, ...]:
    """Return the lines that a physical port has from the start."""
    return _PORT_DEFAULTS.get(port.rstrip("0123456789/.:"), ())


def interface_reset(change: Change) -> list[str]:
    """`default interface` takes every line away; a port is shut then, as a new one."""
    name, entry = change.args["name"], change.previous
    if entry is None or entry.children is None:
        return []
    entry.children.entries.clear()
    for line in ("no ip address", *port_lines(name)):
        change.config.put(entry.children, line, automatic=True)
    if not is_virtual(name):
        change.config.put(entry.children, "shutdown")
    return [f"Interface {name} set to default configuration"]


def interface_may_go(change: Change) -> str | None:
    """Ports cannot be removed."""
    name = change.args["name"]
    return None if is_virtual(name) else "% Removal of physical interfaces is not permitted"


def interface_gone(_change: Change) -> list[str]:
    """IOS warns that a removed interface may remember."""
    return [
        (
            "% Not all config may be removed and may reappear after reactivating "
            "the logical-interface/sub-interfaces"
        )
    ]


def vrf_gone(change: Change) -> list[str]:
    """Removing a VRF takes its interfaces' addresses along."""
    vrf = change.args["name"]
    config: Config = change.config
    said: list[str] = []
    for _, section in config.interface_sections():
        if vrf_of(section) == vrf:
            del section.entries["vrf forwarding"]
            if _wipe(section, ""):
                config.put(section, "no ip address", automatic=True)
                said = [f"% IPv4 addresses from all interfaces in VRF {vrf} have been removed"]
        front = section.get("tunnel vrf")
        if front and front.args["vrf"] == vrf:
            del section.entries["tunnel vrf"]
    for route in config.top.starting(f"ip route vrf {vrf}"):
        del config.top.entries[route.identity]
    return said
