"""Evidence of both ends and the intended configuration to causes, with what to type next.

`rules` holds the failure catalogue as data, `observations` the facts that it is made of; `engine`
weighs them. No rule reads text: settings, SAs, counters and log lines are typed before.
"""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.collect import both_ends, collect, texts
from dmvpn_auto.verify.diagnosis.engine import diagnose
from dmvpn_auto.verify.diagnosis.finding import Diagnosis, Finding
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.diagnosis.story import Chapter, Layer, Story, explain

__all__ = [
    "Chapter", "Configuration", "Diagnosis", "Finding", "Layer", "Story", "both_ends", "collect",
    "diagnose", "explain", "texts",
]  # fmt: skip
