"""What a router is to the cloud, and what design rules say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a router is to the cloud; a hub is an NHS, a spoke an NHC."""

    HUB = "hub"
    SPOKE = "spoke"


class Severity(StrEnum):
    """How bad a finding is: an error refuses the design, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a design rule has to say about one place of the intent."""

    rule: str
    severity: Severity
    subject: str
    message: str
    fix: str
    source: str
    where: str = ""
