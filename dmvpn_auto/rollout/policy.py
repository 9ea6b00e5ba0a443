"""How carefully a change is rolled out: `rollout.yaml` in the inventory, options go before it.

Without the file the defaults hold: the revert timer, one canary, then twice as many routers each
time, stop at the first failure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dmvpn_auto.errors import UsageError
from dmvpn_auto.inventory import read_settings
from dmvpn_auto.rollout.guard import Revert

FILE = "rollout.yaml"


class Policy(BaseModel):
    """Unit of `minutes` is IOS's, the others' are seconds and routers."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    revert: Revert = Revert.TIMER
    minutes: Annotated[int, Field(ge=1, le=120)] = 5
    verify: bool = True
    settle: Annotated[float, Field(ge=0)] = 90.0
    canary: Annotated[int, Field(ge=0)] = 1
    batch: Annotated[int, Field(ge=1)] = 4
    growth: Annotated[float, Field(ge=1)] = 2.0
    by: Literal["size", "site", "group", "hub"] = "size"
    pause: Annotated[float, Field(ge=0)] = 0.0
    max_failures: Annotated[int, Field(ge=0)] = 0
    max_unreachable: Annotated[int, Field(ge=0)] = 0
    max_devices: Annotated[int, Field(ge=1)] | None = None
    flag_day: bool = False
    approval: bool = False

    @property
    def patience(self) -> float:
        """Seconds that verification may take: it must end before the router goes back."""
        if self.revert is Revert.NONE:
            return self.settle
        return min(self.settle, 60.0 * self.minutes - MARGIN)


MARGIN = 20.0
"""Seconds kept free before the revert timer ends, to confirm in."""
GRACE = 90.0
"""Seconds after which a router whose revert timer ended must be back (its tunnel included)."""
RESTART = 600.0
"""The same for a router that restarts."""


def load_policy(inventory: Path, **options: Any) -> Policy:
    """Read the folder's policy; an option that is not None goes before it.

    Raises InputError for the file, UsageError for an option.
    """
    stored = read_settings(inventory / FILE, Policy)
    chosen = {key: value for key, value in options.items() if value is not None}
    try:
        return Policy.model_validate({**stored.model_dump(), **chosen})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "--" + str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"{name}: {first['msg']}", stage="deploy") from None
