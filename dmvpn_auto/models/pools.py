"""Pools of an inventory (`pools.yaml`): numbers and router ids that its clouds leave out."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from dmvpn_auto.models.base import Model, knob
from dmvpn_auto.models.values import Prefix

_HIGHEST = 4294967295
_RANGE = re.compile(r"(\d{1,10})-(\d{1,10})")


def _read(value: object) -> range:
    """Read `100-199`."""
    match = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if match is None or not 1 <= int(match[1]) <= int(match[2]) <= _HIGHEST:
        raise PydanticCustomError(
            "value", "a range such as 100-199 is expected, from 1 to 4294967295", {}
        )
    return range(int(match[1]), int(match[2]) + 1)


NumberRange = Annotated[
    range,
    PlainValidator(_read),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,10}-\d{1,10}$", "examples": ["100-199"]}),
]


class Pools(Model):
    """What is given out to clouds and routers that say nothing; no value ever moves."""

    tunnel_keys: NumberRange | None = knob(None, "GRE keys, one for each cloud without tunnel.key.")
    network_ids: NumberRange | None = knob(
        None, "NHRP network ids, one for each cloud without nhrp.network_id."
    )
    router_ids: Prefix | None = knob(
        None, "Router ids, one for each router without router_id; a router of several clouds has "
        "one for all.",
    )  # fmt: skip
