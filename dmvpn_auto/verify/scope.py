"""What of a cloud `verify` can judge: each family in its tunnels by itself.

Checks compare addresses of one family at a time. To judge a part of a cloud as if it were the whole
would be a wrong yes or a wrong no, so what is left out is said.
"""

from __future__ import annotations

from dmvpn_auto.design.sides import sides
from dmvpn_auto.design.types import CloudDesign, Eigrp, Family, Ospfv3, family_of
from dmvpn_auto.errors import NothingCheckedError


def by_family(design: CloudDesign) -> dict[Family | None, CloudDesign]:
    """Return the cloud as each family sees it that can be judged, IPv4 first.

    None stands for the family of a cloud that has one.
    """
    found = sides(design)
    if len(found) == 1:
        return {None: design}
    return {
        family_of(side.tunnel_subnet.network_address): side for side in found if not _nameless(side)
    }


def refuse_unread(design: CloudDesign, hint: str = "tunnel.ipv6_link_local: true") -> None:
    """Raise NothingCheckedError where neighbors and next hops are addresses nobody knows.

    Those of OSPFv3 and EIGRP for IPv6 are link-local; IOS makes them of MAC addresses unless the
    design gives them. Beside IPv4 that half is left out.
    """
    if (name := _nameless(design)) and len(sides(design)) == 1:
        raise NothingCheckedError(_unknown(design, name), stage="verify", hint=hint)


def left_out(design: CloudDesign) -> str:
    """Say what of a cloud is not judged; empty where all of it is."""
    names = [_nameless(side) for side in sides(design)]
    if len(names) == 1 or not any(names):
        return ""
    why = _unknown(design, next(filter(None, names)))
    return f"IPv6 inside the tunnels is not judged: {why} (tunnel.ipv6_link_local: true)"


def _nameless(side: CloudDesign) -> str:
    """Return a router whose neighbors know it by an address that the design does not give."""
    for router in side.routers:
        inside = router.tunnel.ipv6 if router.tunnel.address.version == 6 else None
        if inside and inside.link_local is None and isinstance(router.overlay, Eigrp | Ospfv3):
            return router.name
    return ""


def _unknown(design: CloudDesign, name: str) -> str:
    return (
        f"cloud {design.name}: the link-local address of {name}, by which the others know it, is "
        "not in the design"
    )
