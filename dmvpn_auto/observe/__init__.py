"""Show commands to evidence: `parse(command, text)` gives a frozen, lossless reading.

TextFSM templates of our own under `templates/` name every line they know, so nothing is lost in
silence. The room decides what a router said, never whether that is right. I/O is in `collect`
only, through a Protocol.
"""

from __future__ import annotations

from dmvpn_auto.observe.commands import COMMANDS
from dmvpn_auto.observe.evidence import Reading, to_json
from dmvpn_auto.observe.index import find, parse
from dmvpn_auto.observe.transcript import Section, sections

__all__ = ["COMMANDS", "Reading", "Section", "find", "parse", "sections", "to_json"]
