"""`show ip nhrp nhs [detail] [X]`: the next-hop servers of a client and what they answer."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from dmvpn_auto.lab.live import NhsEntry
from dmvpn_auto.lab.show.forms import age, short, text
from dmvpn_auto.lab.show.types import ShowContext

_LEGEND = "Legend:\tE=Expecting replies, R=Responding, W=Waiting, D=Dynamic"


def show_nhs(context: ShowContext) -> str:
    """Lay out `show ip nhrp nhs [X]`; a router without servers says nothing."""
    entries = _wanted(context)
    if not entries:
        return ""
    lines = [_LEGEND]
    for interface, group in groupby(entries, key=lambda entry: entry.interface):
        lines += [f"{interface}:", *(server(entry) for entry in group), ""]
    return text(lines)


def show_nhs_detail(context: ShowContext) -> str:
    """Lay out `show ip nhrp nhs detail [X]`, with the registrations that wait for an answer."""
    entries = _wanted(context)
    if not entries:
        return ""
    lines = [_LEGEND]
    for interface, group in groupby(entries, key=lambda entry: entry.interface):
        lines += [f"{interface}:", *(_detail(entry) for entry in group), ""]
    pending = _pending(entries)
    if pending:
        lines += ["", "Pending Registration Requests:", *pending, ""]
    return text(lines)


def server(entry: NhsEntry, *, gap: str = "  ") -> str:
    """Write the line of one server; `show dmvpn detail` has a narrower gap after the state."""
    state = ("W" if entry.waiting else "") + ("R" if entry.responding else "")
    state += "E" if entry.expecting else ""
    nbma = "" if entry.nbma is None else f"NBMA Address: {entry.nbma} "
    rank = f"priority = {entry.priority} cluster = {entry.cluster}"
    return f"{entry.address}  {state:>2}{gap}{nbma}{rank}"


def _wanted(context: ShowContext) -> list[NhsEntry]:
    name = context.args.get("interface")
    entries = (entry for entry in context.live.nhs if name in (None, entry.interface))
    return sorted(entries, key=lambda entry: (entry.interface, entry.cluster, entry.priority))


def _detail(entry: NhsEntry) -> str:
    ago = "" if entry.last_reply is None else f" ({age(entry.last_reply)} ago)"
    return (
        f"{server(entry)}  req-sent {entry.requests_sent}  req-failed {entry.requests_failed}"
        f"  repl-recv {entry.replies_received}{ago}"
    )


def _pending(entries: Iterable[NhsEntry]) -> list[str]:
    return [
        f"Registration Request: Reqid {entry.pending_request_id}, Ret {entry.retransmit or 1}"
        f"  NHS {entry.address}{'' if entry.responding else ' expired'} ({short(entry.interface)})"
        for entry in entries
        if entry.pending_request_id is not None
    ]
