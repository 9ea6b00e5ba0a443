"""Free lines: configuration that the intent has no key for, owned by the cloud all the same.

They stand before or after a section of the rendered text, or inside it, in the order in which they
are written: those of the cloud, of the group, of the site, of the router. A secret is written as a
reference: `<env:NAME>`.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from dmvpn_auto.models.base import Model, knob
from dmvpn_auto.models.values import read_reference

FreeSection = Literal[
    "vrf", "dns", "keys", "crypto", "tunnel", "wan", "routing", "provider", "routes", "acl",
    "filters", "mpls",
]  # fmt: skip
REFERENCE: Final = re.compile(r"<([a-z][a-z0-9-]*:[^<>]+)>")
"""A reference to a secret inside a free line."""


def _read(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("value", "a line of configuration is expected", {})
    if not value.isprintable() or not value.strip() or value != value.rstrip():
        raise PydanticCustomError(
            "value", "one printable line without blanks at its end is expected", {}
        )
    for reference in REFERENCE.findall(value):
        read_reference(reference)
    return value


FreeLine = Annotated[str, BeforeValidator(_read), WithJsonSchema({"type": "string"})]
_Lines = tuple[FreeLine, ...]


class FreeLines(Model):
    """Lines around or inside one section; a line of a sub-section is indented by one blank more
    than its header, as IOS prints it.
    """

    before: _Lines = knob(
        (), "Lines of the global configuration before the section.", strict=False,
        examples=[["class-map match-any VOICE", " match dscp ef"]],
    )  # fmt: skip
    inside: _Lines = knob(
        (), "Lines at the end of the section: of the tunnel or WAN interface, of the overlay's or "
        "provider's process, of the access list.", strict=False,
        examples=[["ip nhrp max-send 10000 every 10"]],
    )  # fmt: skip
    absent: _Lines = knob(
        (), "Lines that shall not be there: in the WAN interface, the overlay's or provider's "
        "process, or in the global configuration. A header alone takes its section along.",
        strict=False, examples=[["redistribute static"], ["snmp-server community <env:OLD> RO"]],
    )  # fmt: skip
    after: _Lines = knob(
        (), "Lines of the global configuration after the section.", strict=False,
        examples=[["snmp-server community <env:SNMP> RO"]],
    )  # fmt: skip


Free = dict[FreeSection, FreeLines]
