"""What of a cloud the checks can judge: tunnels over IPv4, and what IPv4 they carry.

A router shows IPv6 tunnels by other commands and in other layouts, which nothing here reads yet.
To judge the rest of such a cloud as if it were the whole would be a wrong yes or a wrong no.
"""

from __future__ import annotations

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import NothingCheckedError

_BY_HAND = "look at: show dmvpn ipv6 detail, show ipv6 nhrp, show crypto session"


def refuse_unread(design: CloudDesign, hint: str = _BY_HAND) -> None:
    """Raise NothingCheckedError where the tunnels carry no IPv4, or are carried by IPv6."""
    if any(router.tunnel.ipv6_transport for router in design.routers):
        what = "tunnels over IPv6"
    elif design.tunnel_subnet.version == 6:
        what = "tunnels that carry IPv6 alone"
    else:
        return
    raise NothingCheckedError(
        f"cloud {design.name} has {what}, which no check reads yet", stage="verify", hint=hint
    )


def left_out(design: CloudDesign) -> str:
    """Say what of a cloud is not judged; empty where all of it is."""
    if design.tunnel_ipv6_subnet is None or design.tunnel_subnet.version == 6:
        return ""
    return "IPv6 inside the tunnels is not judged: no check reads it yet"
