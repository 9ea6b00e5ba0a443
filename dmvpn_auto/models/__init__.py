"""The intent types: what a user may say about a DMVPN cloud, and nothing else.

`Cloud` is the whole of one file under `clouds/`. Crypto and overlay are unions told apart by
`kind`. Every knob has a range, a default, a unit and a description; `schema()` gives them to
editors.
"""

from typing import Any

from dmvpn_auto.models.base import Model
from dmvpn_auto.models.cloud import Cloud, Qos, Transport
from dmvpn_auto.models.routers import Defaults, Hub, Router, Spoke, Wan
from dmvpn_auto.models.sources import SpokesFrom
from dmvpn_auto.models.tunnel import Nhrp, Tunnel
from dmvpn_auto.models.values import Lan


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a cloud's file."""
    made = Cloud.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Cloud", **made}


__all__ = [
    "Cloud",
    "Defaults",
    "Hub",
    "Lan",
    "Model",
    "Nhrp",
    "Qos",
    "Router",
    "Spoke",
    "SpokesFrom",
    "Transport",
    "Tunnel",
    "Wan",
    "schema",
]
