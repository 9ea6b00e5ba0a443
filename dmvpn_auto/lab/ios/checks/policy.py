"""Sequence numbers that IOS fills in, and bounds of prefix lists."""

from __future__ import annotations

from dmvpn_auto.lab.ios.config import Change, Form
from dmvpn_auto.lab.ios.rules import Line
from dmvpn_auto.lab.ios.syntax import Match


def _next(used: list[int], step: int) -> int:
    return (max(used, default=0) // step + 1) * step


def acl_sequence(change: Change) -> str:
    """An entry without a number comes last, ten after the one before."""
    text = change.match.text
    if "sequence" in change.args:
        return text
    entries = change.section.entries.values()
    same = [e for e in entries if e.text.split()[1:] == text.split() and "sequence" in e.args]
    if same:
        return same[0].text
    if change.form is Form.NO:
        return text
    used = [int(e.args["sequence"]) for e in entries if "sequence" in e.args]
    return f"{_next(used, 10)} {text}"


def acl_wording(match: Match[Line]) -> str:
    """`deny` is followed by three blanks, so that addresses stand below each other."""
    words = [f"{f.value}  " if f.value == "deny" else f.value for f in match.found]
    return " ".join(words)


def prefix_sequence(change: Change) -> str:
    """An entry without a number comes last, five after the one before."""
    args, text = change.args, change.match.text
    if "sequence" in args:
        return text
    head = f"ip prefix-list {args['name']}"
    rule = text.removeprefix(f"{head} ")
    used: list[int] = []
    for entry in change.section.starting(head):
        if "sequence" not in entry.args:
            continue
        used.append(int(entry.args["sequence"]))
        if entry.text.endswith(f" {rule}"):
            return entry.text
    return f"{head} seq {_next(used, 5)} {rule}"


def prefix_bounds(change: Change) -> str | None:
    """`length < ge <= le` must hold."""
    if change.form is not Form.SET:
        return None
    args = change.args
    prefix = args["prefix"]
    length = int(prefix.partition("/")[2])
    ge, le = int(args.get("ge", length + 1)), int(args.get("le", 32))
    if length < ge <= le or ("ge" not in args and length <= le):
        return None
    return f"% Invalid prefix range for {prefix}, make sure: len < ge-value <= le-value"


def route_map_sequence(change: Change) -> str:
    """`route-map X` is `route-map X permit 10`."""
    args = change.args
    action = "deny" if "deny" in change.keywords else "permit"
    return f"route-map {args['name']} {action} {args.get('sequence', '10')}"
