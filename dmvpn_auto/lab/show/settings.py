"""`show crypto ipsec profile|transform-set`, `show crypto sockets`: crypto as it is set up.

The built-in transform set and profile named `default` are listed as IOS does.
"""

from __future__ import annotations

from dmvpn_auto.lab.live import Tree
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import short, text
from dmvpn_auto.lab.show.sessions import crypto_peers
from dmvpn_auto.lab.show.types import ShowContext

_DEFAULT_SET = "esp-aes esp-sha-hmac"
_SECONDS, _KILOBYTES = "3600", "4608000"


def show_ipsec_profile(context: ShowContext) -> str:
    """Lay out `show crypto ipsec profile`."""
    profiles = dict(config.named(context.running, "crypto ipsec profile"))
    profiles.setdefault("default", {})
    lines: list[str] = []
    for name, profile in sorted(profiles.items()):
        lines += _profile(context.running, name, profile)
    return text(lines)


def show_transform_set(context: ShowContext) -> str:
    """Lay out `show crypto ipsec transform-set`."""
    lines = [
        f"Transform set default: {{ {_DEFAULT_SET}  }} ",
        "   will negotiate = { Transport,  }, ",
        "   ",
    ]
    for rest, children in sorted(config.named(context.running, "crypto ipsec transform-set")):
        name, _, words = rest.partition(" ")
        mode = "Transport" if config.value(children, "mode") == "transport" else "Tunnel"
        lines += [
            f"Transform set {name}: {{ {_displayed(words)}  }} ",
            f"   will negotiate = {{ {mode},  }}, ",
            "   ",
        ]
    return text(lines)


def show_sockets(context: ShowContext) -> str:
    """Lay out `show crypto sockets`: one for each peer that NHRP names."""
    peers = crypto_peers(context.live, context.running)
    lines = [f"Number of Crypto Socket connections {len(peers)}", ""]
    for peer in peers:
        state = "Open" if peer.installed else "Closed"
        lines += [
            f"   {short(peer.tunnel.name)} Peers (local/remote): {peer.local}/{peer.remote} ",
            f"       Local Ident  (addr/mask/port/prot): ({peer.local}/255.255.255.255/0/47)",
            f"       Remote Ident (addr/mask/port/prot): ({peer.remote}/255.255.255.255/0/47)",
            f'       IPSec Profile: "{peer.tunnel.protection_profile}"',
            f"       Socket State: {state}",
            f'       Client: "TUNNEL SEC" (Client State: {"Active" if peer.installed else "Idle"})',
        ]
    lines.append("Crypto Sockets in Listen state:")
    lines += [
        f'Client: "TUNNEL SEC" Profile: "{tunnel.protection_profile}"'
        f' Map-name: "{tunnel.name}-head-0"'
        for tunnel in context.live.tunnels
        if tunnel.protection_profile
    ]
    return text(lines)


def _profile(running: Tree, name: str, profile: Tree) -> list[str]:
    lines = [f"IPSEC profile {name}"]
    for words, title in (("set ikev2-profile", "IKEv2"), ("set isakmp-profile", "ISAKMP")):
        if chosen := config.value(profile, words):
            lines.append(f"\t{title} Profile: {chosen}")
    volume = _lifetime(running, profile, "kilobytes", _KILOBYTES)
    seconds = _lifetime(running, profile, "seconds", _SECONDS)
    if volume == "disable":
        lines += [
            "\tKilobyte Volume Rekey has been disabled.",
            f"\tSecurity association lifetime:{seconds} seconds",
        ]
    else:
        lines.append(f"\tSecurity association lifetime: {volume} kilobytes/{seconds} seconds")
    group = config.value(profile, "set pfs")
    lines += ["\tResponder-Only (Y/N): N", f"\tPFS (Y/N): {'N' if group is None else 'Y'}"]
    if group is not None:
        lines += ["\t\tInherit (Y/N): N", f"\t\tDH group: {group or 'group1'}"]
    lines += ["\tMixed-mode : Disabled", "\tTransform sets={ "]
    sets = _transform_sets(running)
    for chosen in (config.value(profile, "set transform-set") or "default").split():
        lines.append(f"\t\t{chosen}:  {{ {sets.get(chosen, '')}  }} , ")
    return [*lines, "\t}", ""]


def _lifetime(running: Tree, profile: Tree, unit: str, default: str) -> str:
    words = f"security-association lifetime {unit}"
    own = config.value(profile, f"set {words}")
    return own or config.value(running, f"crypto ipsec {words}") or default


def _transform_sets(running: Tree) -> dict[str, str]:
    sets = {"default": _DEFAULT_SET}
    for rest, _ in config.named(running, "crypto ipsec transform-set"):
        name, _, words = rest.partition(" ")
        sets[name] = _displayed(words)
    return sets


def _displayed(words: str) -> str:
    """Spell configured transforms as IOS displays them: `esp-aes 256` as esp-256-aes."""
    for size, spelt in (("128", "esp-aes"), ("192", "esp-192-aes"), ("256", "esp-256-aes")):
        words = words.replace(f"esp-aes {size}", spelt)
    return words.strip()
