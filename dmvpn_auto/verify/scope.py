"""What of a cloud can be judged, and what a diagnosis can read.

Checks compare addresses of either family, outside and inside the tunnel. A diagnosis reads IPv4
alone: its rules look for the lines of IPv4. To judge the rest of a cloud as if it were the whole
would be a wrong yes or a wrong no.
"""

from __future__ import annotations

from dmvpn_auto.design.types import CloudDesign, Eigrp, Ospfv3
from dmvpn_auto.errors import NothingCheckedError

_BY_HAND = "look at: show dmvpn ipv6 detail, show ipv6 nhrp, show crypto session"


def refuse_unread(design: CloudDesign, hint: str = "tunnel.ipv6_link_local: true") -> None:
    """Raise NothingCheckedError where neighbors and next hops are addresses nobody knows.

    Those of OSPFv3 and EIGRP for IPv6 are link-local; IOS makes them of MAC addresses unless the
    design gives them.
    """
    for router in design.routers:
        inside = router.tunnel.ipv6 if router.tunnel.address.version == 6 else None
        if inside and inside.link_local is None and isinstance(router.overlay, Eigrp | Ospfv3):
            raise NothingCheckedError(
                f"cloud {design.name}: the link-local address of {router.name}, by which the "
                "others know it, is not in the design",
                stage="verify",
                hint=hint,
            )


def refuse_undiagnosed(design: CloudDesign) -> None:
    """Raise NothingCheckedError where the tunnels carry no IPv4, or are carried by IPv6."""
    if any(router.tunnel.ipv6_transport for router in design.routers):
        what = "tunnels over IPv6"
    elif design.tunnel_subnet.version == 6:
        what = "tunnels that carry IPv6 alone"
    else:
        return
    raise NothingCheckedError(
        f"cloud {design.name} has {what}, which no diagnosis reads yet",
        stage="diagnose",
        hint=f"dmvpn-auto verify judges them; {_BY_HAND}",
    )


def left_out(design: CloudDesign) -> str:
    """Say what of a cloud is not judged; empty where all of it is."""
    if design.tunnel_ipv6_subnet is None or design.tunnel_subnet.version == 6:
        return ""
    return "IPv6 inside the tunnels is not judged beside IPv4: no check reads both"
