"""The design: the intent resolved per router, every address, neighbour and knob decided.

All types are frozen, written as JSON and read back through `pydantic.TypeAdapter`. Variants
(crypto, overlay) are unions told apart by `kind`: a new overlay is a new member, one template, one
check, never a new `if`.
Units: seconds, kilobytes, kbit/s, bytes. Addresses are `ipaddress` objects.
Secrets are references (`env:NAME`, `file:PATH`, ...), never values.
"""

from __future__ import annotations

from dmvpn_auto.design.types.addresses import (
    ALL_ONES,
    FAMILY_NAMES,
    Address,
    Family,
    Interface,
    Network,
    family_of,
)
from dmvpn_auto.design.types.cloud import (
    CloudDesign,
    Dns,
    FreeText,
    RouterDesign,
    Vrf,
    VrfLan,
    Waiver,
)
from dmvpn_auto.design.types.crypto import (
    Crypto,
    Dpd,
    Ikev1Certificates,
    Ikev1PreShared,
    Ikev2Certificates,
    Ikev2PreShared,
    Ipsec,
    KeyringPeer,
    Trustpoint,
)
from dmvpn_auto.design.types.findings import Finding, Role, Severity
from dmvpn_auto.design.types.overlay import (
    EbgpHub,
    EbgpSpoke,
    EbgpSpokeSession,
    Eigrp,
    EigrpKey,
    IbgpClient,
    IbgpReflector,
    Odr,
    Ospf,
    OspfNetwork,
    Ospfv3,
    Overlay,
    PrefixList,
    Rip,
    Static,
    StaticRoute,
    VpnFamily,
)
from dmvpn_auto.design.types.tunnel import (
    Bfd,
    Keepalive,
    Nhrp,
    Nhs,
    NhsCluster,
    QosGroup,
    Tunnel,
    TunnelIpv6,
)
from dmvpn_auto.design.types.underlay import ProviderBgp, ProviderOspf, ProviderRip, Underlay

__all__ = [
    "ALL_ONES",
    "FAMILY_NAMES",
    "Address",
    "Bfd",
    "CloudDesign",
    "Crypto",
    "Dns",
    "Dpd",
    "EbgpHub",
    "EbgpSpoke",
    "EbgpSpokeSession",
    "Eigrp",
    "EigrpKey",
    "Family",
    "Finding",
    "FreeText",
    "IbgpClient",
    "IbgpReflector",
    "Ikev1Certificates",
    "Ikev1PreShared",
    "Ikev2Certificates",
    "Ikev2PreShared",
    "Interface",
    "Ipsec",
    "Keepalive",
    "KeyringPeer",
    "Network",
    "Nhrp",
    "Nhs",
    "NhsCluster",
    "Odr",
    "Ospf",
    "OspfNetwork",
    "Ospfv3",
    "Overlay",
    "PrefixList",
    "ProviderBgp",
    "ProviderOspf",
    "ProviderRip",
    "QosGroup",
    "Rip",
    "Role",
    "RouterDesign",
    "Severity",
    "Static",
    "StaticRoute",
    "Trustpoint",
    "Tunnel",
    "TunnelIpv6",
    "Underlay",
    "VpnFamily",
    "Vrf",
    "VrfLan",
    "Waiver",
    "family_of",
]
