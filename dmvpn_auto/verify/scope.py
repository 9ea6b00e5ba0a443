"""What of a cloud `verify` can judge.

Checks compare addresses of either family, outside and inside the tunnel. To judge a part of a cloud
as if it were the whole would be a wrong yes or a wrong no.
"""

from __future__ import annotations

from dmvpn_auto.design.types import CloudDesign, Eigrp, Ospfv3
from dmvpn_auto.errors import NothingCheckedError


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


def left_out(design: CloudDesign) -> str:
    """Say what of a cloud is not judged; empty where all of it is."""
    if design.tunnel_ipv6_subnet is None or design.tunnel_subnet.version == 6:
        return ""
    return "IPv6 inside the tunnels is not judged beside IPv4: no check reads both"
