"""One output of every command that is read, in our own words (tests/golden/show/session.txt)."""

from __future__ import annotations

from pathlib import Path

from dmvpn_auto.observe import sections

FOLDER = Path(__file__).parents[1] / "golden" / "show"
_OLDER = {
    "show dmvpn": "dmvpn_hub.txt",
    "show dmvpn detail": "dmvpn_detail.txt",
    "show ip nhrp": "nhrp_mixed.txt",
    "show crypto ipsec sa": "ipsec.txt",
    "show ip bgp summary": "bgp.txt",
}

SESSION = (FOLDER / "session.txt").read_text(encoding="utf-8")
SAMPLES: dict[str, str] = {s.command: s.text for s in sections(SESSION)} | {
    command: (FOLDER / name).read_text(encoding="utf-8") for command, name in _OLDER.items()
}
