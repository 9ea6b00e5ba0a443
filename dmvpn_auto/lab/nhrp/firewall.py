"""The netfilter rules that show the NHRP speaker what the kernel forwards and multicasts.

Decides the text given to `iptables-legacy-restore`: datagrams that come in and go out through one
cloud are logged (rate limited in the kernel, per flow) so that their sender can be told of the
shorter way; multicast on its way out of a tunnel is logged and dropped, since the speaker sends a
copy to each receiver itself. Two chains of our own; rules of others in the table are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable

from .config import TunnelConfig

REDIRECT_GROUP = 5301
MULTICAST_GROUP = 5302
_REDIRECT, _MULTICAST = "NHRP-REDIRECT", "NHRP-MULTICAST"
_LIMIT = (
    "-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 2 "
    "--hashlimit-mode srcip,dstip --hashlimit-name nhrp"
)


def rules(tunnels: Iterable[TunnelConfig]) -> list[str]:
    """Return the rules for `tunnels`, in order."""
    found = []
    known = sorted(tunnels, key=lambda tunnel: tunnel.device)
    for inward in known:
        if not inward.redirect:
            continue
        found += [
            f"-A {_REDIRECT} -i {inward.device} -o {outward.device} {_LIMIT} "
            f"-j NFLOG --nflog-group {REDIRECT_GROUP} --nflog-size 128"
            for outward in known
            if outward.network_id == inward.network_id
        ]
    for tunnel in known:
        if tunnel.destination is None:
            match = f"-A {_MULTICAST} -o {tunnel.device} -d 224.0.0.0/4"
            found += [f"{match} -j NFLOG --nflog-group {MULTICAST_GROUP}", f"{match} -j DROP"]
    return found


def script(wanted: list[str], *, first: bool) -> str:
    """Return the input that makes the chains hold exactly `wanted`; `first`: make and link them."""
    links = (f"-I FORWARD -j {_REDIRECT}", f"-I OUTPUT -j {_MULTICAST}") if first else ()
    lines = ["*filter", f":{_REDIRECT} - [0:0]", f":{_MULTICAST} - [0:0]"]
    return "\n".join([*lines, *links, *wanted, "COMMIT", ""])


def removal() -> str:
    """Return the input that removes the chains."""
    return "\n".join(
        [
            "*filter",
            f"-D FORWARD -j {_REDIRECT}",
            f"-D OUTPUT -j {_MULTICAST}",
            *(f"-{what} {chain}" for what in "FX" for chain in (_REDIRECT, _MULTICAST)),
            "COMMIT",
            "",
        ]
    )
