"""Spokes that stand elsewhere than in the cloud's file: in a CSV file or in NetBox.

A mapping says which column or field holds which key of a spoke. The same facts give the same
configuration, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.routers import Spoke, Wan
from dmvpn_auto.models.values import SecretRef

SPOKE_KEYS: Final = (
    "name",
    *(key for key in Spoke.model_fields if key != "wan"),
    *(f"wan.{key}" for key in Wan.model_fields),
)
"""What a column or a field can be: the keys of a spoke, its name, and the keys under `wan`."""

DEVICE_FILTERS: Final = (
    *("airflow", "asset_tag", "cluster", "cluster_group", "config_template", "contact"),
    *("contact_group", "contact_role", "created", "device_type", "face", "has_oob_ip"),
    *("has_primary_ip", "id", "last_updated", "latitude", "local_context_data", "location"),
    *("longitude", "mac_address", "manufacturer", "model", "name", "owner", "owner_group"),
    *("platform", "position", "q", "rack", "region", "role", "serial", "site", "site_group"),
    *("status", "tag", "tenant", "tenant_group", "virtual_chassis", "virtual_chassis_member"),
)
ADDRESS_FILTERS: Final = (
    *("address", "assigned", "assigned_to_interface", "created", "description", "device"),
    *("dns_name", "family", "id", "interface", "last_updated", "mask_length", "owner", "parent"),
    *("present_in_vrf", "q", "role", "status", "tag", "tenant", "tenant_group", "vrf"),
)


def _known(word: object, known: tuple[str, ...], what: str) -> str:
    if isinstance(word, str) and word in known:
        return word
    close = get_close_matches(str(word), known, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
    raise PydanticCustomError(
        "value", "{word} is not {what}{meant}", {"word": repr(word), "what": what, "meant": meant}
    )


def _filter_of(known: tuple[str, ...]) -> BeforeValidator:
    """Refuse a filter that NetBox does not have: it would ignore it and return everything."""

    def read(found: object) -> object:
        for word in found if isinstance(found, Mapping) else ():
            name = str(word).partition("__")[0]
            if not name.startswith("cf_"):
                _known(name.removesuffix("_id"), known, "a filter of NetBox")
        return found

    return BeforeValidator(read)


SpokeKey = Annotated[
    str,
    BeforeValidator(lambda word: _known(word, SPOKE_KEYS, "a key of a spoke")),
    WithJsonSchema({"type": "string"}),
]
_Wanted = str | bool | int | Annotated[tuple[str | int, ...], Field(strict=False)]
DeviceFilter = Annotated[dict[str, _Wanted], _filter_of(DEVICE_FILTERS), Field(min_length=1)]
AddressFilter = Annotated[dict[str, _Wanted], _filter_of(ADDRESS_FILTERS), Field(min_length=1)]
FieldPath = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$", min_length=1)
]
Column = Annotated[str, Field(min_length=1)]


class NetBox(Model):
    """Devices of NetBox as spokes."""

    url: str = knob(
        REQUIRED, "Address of NetBox, without /api; https, as the token travels with it.",
        pattern=r"^https?://[^\s?#@]+$", examples=["https://netbox.example.net"],
    )  # fmt: skip
    token: SecretRef = knob(REQUIRED, "Token that may read devices and IP addresses.")
    filter: DeviceFilter = knob(
        REQUIRED, "Which devices are spokes, in the words of NetBox's device list; a list means "
        "any of its values, custom fields begin with cf_.",
        examples=[{"role": "branch-router", "status": "active", "tag": ["dmvpn"]}],
        source="NetBox, REST API, filtering",
    )  # fmt: skip
    fields: dict[SpokeKey, FieldPath] = knob(
        REQUIRED, "Key of a spoke -> field of the device, with dots into nested ones. The name is "
        "the device's unless `name` is given. An empty field is a key that is not given.",
        min_length=1,
        examples=[{"nbma": "primary_ip4.address", "site": "site.slug", "lan": "custom_fields.lan"}],
    )  # fmt: skip
    addresses: dict[SpokeKey, AddressFilter] = knob(
        None, "Key of a spoke -> which IP addresses on the interfaces of a device it holds, in the "
        "words of NetBox's list of IP addresses.", factory=dict,
        examples=[{"lan": {"tag": "dmvpn-lan"}}],
    )  # fmt: skip
    ca_file: str | None = knob(
        None, "Certificates (PEM) of the authority that signed NetBox's, from the folder of the "
        "cloud. Default: those that the system trusts.", pattern=r"^[^\x00-\x1f]+$",
    )  # fmt: skip
    timeout: int = knob(60, "Longest wait for one answer.", unit="s", ge=1, le=600)

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if both := [key for key in self.addresses if key in self.fields]:
            raise PydanticCustomError(
                "value", "{key} is both in fields and in addresses", {"key": repr(both[0])}
            )
        if "name" in self.addresses:
            raise PydanticCustomError("value", "a name is no IP address", {})
        return self


class SpokesFrom(Model):
    """Further spokes from one source: `csv` or `netbox`."""

    csv: str | None = knob(
        None, "Path of a CSV file, from the folder of the cloud: one spoke per line, the first "
        "line names the columns.", pattern=r"^[^\x00-\x1f]+$", examples=["spokes.csv"],
    )  # fmt: skip
    columns: dict[SpokeKey, Column] | None = knob(
        None, "Key of a spoke -> column of the CSV file; other columns are not read. Default: the "
        "columns are called as the keys are (name, nbma, lan, wan.address, ...).", min_length=1,
        examples=[{"name": "Hostname", "nbma": "WAN IP", "lan": "Networks"}],
    )  # fmt: skip
    delimiter: Literal[",", ";", "\t", "|"] = knob(",", "What stands between two cells.")
    netbox: NetBox | None = knob(None, "Devices of NetBox.")

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            sources = [key for key in ("csv", "netbox") if given.get(key) is not None]
            if len(sources) != 1 and not set(given) - set(cls.model_fields):
                raise PydanticCustomError("value", "either csv or netbox is expected", {})
            extra = [key for key in ("columns", "delimiter") if key in given]
            if sources == ["netbox"] and extra:
                raise PydanticCustomError(
                    "value", "{key} is for csv; NetBox has `fields`", {"key": repr(extra[0])}
                )
        return given
