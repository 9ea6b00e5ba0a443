"""`show dmvpn` of a hub with 5,000 spokes: our templates against ntc-templates and Genie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from ntc_templates.parse import parse_output

from bench.rows import Row, median_seconds
from dmvpn_auto.observe import parse

SPOKES = 5000
_HEAD = """\
Interface: Tunnel0, IPv4 NHRP Details
Type:Hub, NHRP Peers:5000,

 # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb
 ----- --------------- --------------- ----- -------- -----
"""


def _text() -> str:
    rows = (
        f"     1 198.51.{n // 250}.{n % 250 + 1:<10}   10.{n // 250}.0.{n % 250 + 1}"
        f"    UP 00:10:{n % 60:02d}     D\n"
        for n in range(SPOKES)
    )
    return _HEAD + "".join(rows)


def run() -> Iterator[Row]:
    """Yield one row for each peer that is installed; Genie is optional and named when missing."""
    text = _text()
    ours = median_seconds(lambda: parse("show dmvpn", text))
    what = f"parse show dmvpn, {SPOKES} peers ({ours / SPOKES * 1e6:.1f} us each)"
    yield Row(what, ours, "ntc-templates", median_seconds(lambda: _ntc(text), runs=1))
    genie = _genie(text)
    if genie is None:
        yield Row("the same against Genie: not installed (pip install pyats genie)", ours)
    else:
        yield Row("the same", ours, "Genie", median_seconds(genie, runs=1))


def _ntc(text: str) -> object:
    return parse_output(  # type: ignore[no-untyped-call]  # the package has no annotations
        platform="cisco_ios", command="show dmvpn", data=text
    )


def _genie(text: str) -> Callable[[], object] | None:
    """Return what parses `text` with Genie's parser for IOS-XE, None where it is missing."""
    try:
        parser = import_module("genie.libs.parser.iosxe.show_dmvpn").ShowDmvpn
        device = import_module("genie.conf.base").Device("hub", os="iosxe")
    except ImportError:
        return None
    return lambda: parser(device=device).cli(output=text)
