"""The design of a run as the journal keeps it, so that the way back never depends on the intent.

An intent that is broken or edited is the very moment for a rollback. The design names secrets and
holds none.
"""

from __future__ import annotations

import zlib
from functools import cache

from pydantic import TypeAdapter, ValidationError

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import InputError


def pack(design: CloudDesign) -> bytes:
    """Return the design as compressed JSON: 40 kB for 1,000 routers."""
    return zlib.compress(_adapter().dump_json(design))


def unpack(kept: bytes, *, where: str) -> CloudDesign:
    """Return the design that `pack` was given. Raises InputError for that of a program too old or
    too new.
    """
    try:
        return _adapter().validate_json(zlib.decompress(kept))
    except (ValidationError, zlib.error):
        raise InputError(
            "its design cannot be read: another version of dmvpn-auto has written it",
            where=where,
            stage="journal",
            hint="use that version; `dmvpn-auto show --commands` has what leads back",
        ) from None


@cache
def _adapter() -> TypeAdapter[CloudDesign]:
    return TypeAdapter(CloudDesign)
