"""Routing with the provider on a WAN interface that the cloud manages.

It runs in the front-door VRF where there is one, in a process of its own otherwise, and never in
that of the overlay. The WAN subnet is all that the provider is told.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.values import AsNumber, SecretRef


class ProviderStatic(Model):
    """A default route to the gateway, or out of the interface (PPP, LTE); DHCP brings its own."""

    kind: Literal["static"]


class ProviderBgp(Model):
    """External BGP with the gateway of the WAN (RFC 4271)."""

    kind: Literal["bgp"]
    asn: AsNumber = knob(
        REQUIRED, "Our AS as the provider sees it. Where the overlay is BGP of another AS, the "
        "session says it with local-as.",
    )  # fmt: skip
    provider_asn: AsNumber = knob(REQUIRED, "Autonomous system of the provider.")
    password: SecretRef | None = knob(None, "TCP MD5 password of the session.")
    accept: Literal["default", "all"] = knob(
        "default", "What is taken from the provider: its default route alone, or all prefixes."
    )


class ProviderOspf(Model):
    """OSPFv2 with the provider (RFC 2328)."""

    kind: Literal["ospf"]
    process: int = knob(100, "Number of the process, not that of the overlay.", ge=1, le=65535)
    area: int = knob(0, "Area of the WAN.", ge=0, le=4294967295)


class ProviderRip(Model):
    """RIP version 2 with the provider (RFC 2453)."""

    kind: Literal["rip"]


Provider = Annotated[
    ProviderStatic | ProviderBgp | ProviderOspf | ProviderRip, Field(discriminator="kind")
]
