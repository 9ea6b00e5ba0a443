"""A cloud as a picture: hubs above, spokes below, a line from each client to its servers.

Mermaid for pages that draw it themselves (GitHub, GitLab), SVG for all others. Of many spokes the
first are drawn and the rest are one box, for each set of hubs. With a state (`cloud_state.py`) the
picture shows what is up, draws shortcuts, and of many spokes draws those first that are not up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.report.cloud_state import CloudState, worst
from dmvpn_auto.verify.verdict import URGENCY, Status

MOST = 24
"""Spokes drawn one by one."""
_WIDTH, _HEIGHT, _GAP, _RISE, _LINE = 168, 74, 20, 70, 17  # pixels
_LETTERS, _BOLD = 22, 20  # as many fit into a box
_IN_A_ROW = 6
_NBMA = "NBMA "
_STYLE = (
    "text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1f2937;text-anchor:middle}"
    "text.name{font-weight:600;font-size:13px}.hub{fill:#dbeafe;stroke:#2563eb}"
    ".spoke{fill:#ecfdf5;stroke:#059669}.more{fill:#f3f4f6;stroke:#6b7280}"
    "line,path{stroke:#94a3b8;fill:none}"
    "rect.pass{fill:#ecfdf5;stroke:#059669}rect.fail{fill:#fef2f2;stroke:#dc2626}"
    "rect.unknown{fill:#f3f4f6;stroke:#6b7280}rect.hub{stroke-width:2.5}"
    "line.pass,path.pass{stroke:#059669}line.fail,path.fail{stroke:#dc2626;stroke-dasharray:3 5}"
    "rect.waived{fill:#f5f3ff;stroke:#6d28d9}line.waived,path.waived{stroke:#6d28d9}"
    "line.unknown,path.unknown{stroke:#9ca3af;stroke-dasharray:1 5}path{stroke-width:2}"
    "text.key{text-anchor:start;fill:#6b7280}"
)
_KEY = "green: up, red: not up, violet: waived, grey: not known; arcs below: shortcuts"


@dataclass(frozen=True, slots=True)
class Box:
    """A router, or the spokes that are not drawn one by one."""

    name: str
    lines: tuple[str, ...]
    kind: str
    servers: tuple[str, ...]
    members: tuple[str, ...]
    state: str = ""  # "pass", "fail", "unknown", "waived"; empty: it was not looked at


Place = tuple[int, int]


def as_mermaid(design: CloudDesign) -> str:
    """Return a Mermaid flowchart."""
    boxes = list(_boxes(design))
    number = {box.name: f"n{place}" for place, box in enumerate(boxes)}
    lines = ["flowchart TB"]
    for box in boxes:
        label = "<br/>".join(_quoted(line) for line in (box.name, *box.lines))
        lines.append(f'  {number[box.name]}["{label}"]:::{box.kind}')
    for one, other, mutual in _links(boxes):
        lines.append(f"  {number[one]} {'<-->' if mutual else '-->'} {number[other]}")
    lines += [
        "  classDef hub fill:#dbeafe,stroke:#2563eb",
        "  classDef spoke fill:#ecfdf5,stroke:#059669",
        "  classDef more fill:#f3f4f6,stroke:#6b7280",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")


def as_svg(design: CloudDesign, state: CloudState | None = None) -> str:
    """Return an SVG picture that needs nothing else; texts are escaped."""
    boxes = list(_boxes(design, state))
    rows = list(_rows(boxes))
    below = _RISE + _LINE if state else 0  # for the arcs of shortcuts and the key
    width = max(len(row) for row in rows) * (_WIDTH + _GAP) + _GAP
    height = len(rows) * (_HEIGHT + _RISE) - _RISE + 2 * _GAP + below
    if state:
        width = max(width, 8 * len(_KEY) + _GAP)
    places = {
        box.name: (
            (width - len(row) * (_WIDTH + _GAP) + _GAP) // 2 + n * (_WIDTH + _GAP),
            _GAP + level * (_HEIGHT + _RISE),
        )
        for level, row in enumerate(rows)
        for n, box in enumerate(row)
    }
    by_name = {box.name: box for box in boxes}
    title = escape(f"Cloud {design.name}, phase {design.phase}")
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">',
        f"<title>{title}</title><style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *(
            _line(places[one], places[other], _between(by_name[one], by_name[other], state))
            for one, other, _ in _links(boxes)
        ),
        *(_arcs(places, state) if state else ()),
        *(_drawn(box, *places[box.name]) for box in boxes),
    ]
    if state:
        parts.append(f'<text class="key" x="{_GAP}" y="{height - _GAP // 2}">{_KEY}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _between(client: Box, server: Box, state: CloudState | None) -> str:
    """Return the state of the tunnels from the routers of one box to those of another."""
    if state is None:
        return ""
    return worst(state.tunnel(one, other) for one in client.members for other in server.members)


def _arcs(places: dict[str, Place], state: CloudState) -> Iterator[str]:
    """Yield a curve below the spokes for each pair whose shortcut was proven or not."""
    for ends, status in state.shortcuts.items():
        drawn = sorted(places[name] for name in ends if name in places)
        if len(drawn) != len(ends):
            continue
        (x1, y1), (x2, y2) = drawn
        low = max(y1, y2) + _HEIGHT + _RISE
        half = _WIDTH // 2
        between = escape(" and ".join(sorted(ends)))
        yield (
            f'<path class="{status}" d="M{x1 + half},{y1 + _HEIGHT} Q{(x1 + x2) // 2 + half},{low} '
            f'{x2 + half},{y2 + _HEIGHT}"><title>shortcut of {between}: {status}</title></path>'
        )


def _line(client: Place, server: Place, state: str) -> str:
    """Draw from the top of the client to the bottom of the server, or from side to side."""
    if client[1] == server[1]:
        left, right = sorted((client, server))
        y = left[1] + _HEIGHT // 2
        return f'<line{_class(state)} x1="{left[0] + _WIDTH}" y1="{y}" x2="{right[0]}" y2="{y}"/>'
    half = _WIDTH // 2
    return (
        f'<line{_class(state)} x1="{client[0] + half}" y1="{client[1]}" '
        f'x2="{server[0] + half}" y2="{server[1] + _HEIGHT}"/>'
    )


def _class(*names: str) -> str:
    said = " ".join(filter(None, names))
    return f' class="{said}"' if said else ""


def _drawn(box: Box, x: int, y: int) -> str:
    middle = x + _WIDTH // 2
    first = y + (_HEIGHT - _LINE * len(box.lines)) // 2 + 4
    texts = [f'<text class="name" x="{middle}" y="{first}">{_fit(box.name, _BOLD)}</text>']
    texts += [
        f'<text x="{middle}" y="{first + _LINE * n}">{_fit(line)}</text>'
        for n, line in enumerate(box.lines, 1)
    ]
    size = f'width="{_WIDTH}" height="{_HEIGHT}" rx="6"'
    return f'<rect{_class(box.kind, box.state)} x="{x}" y="{y}" {size}/>' + "".join(texts)


def _fit(text: str, most: int = _LETTERS) -> str:
    """Cut the middle of what is longer than a box, since names and addresses differ at the end; the
    whole shows when the pointer rests on it.
    """
    if len(text) <= most:
        return escape(text)
    short = text.removeprefix(_NBMA)
    if len(short) > most:
        short = f"{short[: most // 2]}\u2026{short[1 - most // 2 :]}"
    return f"{escape(short)}<title>{escape(text)}</title>"


def _boxes(design: CloudDesign, state: CloudState | None = None) -> Iterator[Box]:
    ends = {str(router.nbma_address): router.name for router in design.routers}
    for hub in design.hubs:
        yield _box(hub, "hub", _servers(hub, ends), state)
    sets: dict[tuple[str, ...], list[RouterDesign]] = {}
    for spoke in design.spokes:
        sets.setdefault(_servers(spoke, ends), []).append(spoke)
    each = max(1, MOST // max(1, len(sets)))
    for number, (servers, spokes) in enumerate(sets.items(), 1):
        many = len(design.spokes) > MOST
        if many and state:
            spokes.sort(key=lambda spoke: URGENCY.index(state.router(spoke.name)))
        shown = each if many else len(spokes)
        yield from (_box(spoke, "spoke", servers, state) for spoke in spokes[:shown])
        if rest := spokes[shown:]:
            which = f" ({number})" if len(sets) > 1 else ""
            yield _many(f"{len(rest)} more{which}", rest, servers, state)


def _many(
    name: str, rest: list[RouterDesign], servers: tuple[str, ...], state: CloudState | None
) -> Box:
    members = tuple(router.name for router in rest)
    if state is None:
        tunnel = f"{rest[0].tunnel.address.ip} ... {rest[-1].tunnel.address.ip}"
        return Box(name, (tunnel,), "more", servers, members)
    count = {status: sum(state.router(m) is status for m in members) for status in URGENCY}
    said = tuple(f"{n} {_SAYS[status]}" for status, n in count.items() if n)
    return Box(name, said, "more", servers, members, worst(s for s, n in count.items() if n))


_SAYS = {
    Status.PASS: "as intended",
    Status.FAIL: "not as intended",
    Status.UNKNOWN: "not known",
    Status.WAIVED: "waived",
}


def _box(
    router: RouterDesign, kind: str, servers: tuple[str, ...], state: CloudState | None
) -> Box:
    lines = [f"{router.tunnel.address}", f"{_NBMA}{router.nbma_address or 'dynamic'}"]
    if state is not None:
        if kind == "hub":
            found = state.hub(router.name)
            lines.append(state.tunnels_up(router.name))
        else:
            found = state.router(router.name)
            stuck = state.words.get(router.name)
            lines.append(f"state {stuck}" if stuck else _SAYS[found])
        return Box(router.name, tuple(lines), kind, servers, (router.name,), found)
    lans = router.lans
    more = f" +{len(lans) - 1}" if len(lans) > 1 else ""
    if lans:
        lines.append(f"LAN {lans[0]}{more}")
    return Box(router.name, tuple(lines), kind, servers, (router.name,))


def _servers(router: RouterDesign, ends: dict[str, str]) -> tuple[str, ...]:
    """Return whom a router registers with; without NHRP, who is at the tunnel's other end."""
    if servers := tuple(nhs.hub for nhs in router.tunnel.nhrp.nhs):
        return servers
    end = ends.get(str(router.tunnel.destination)) if router.tunnel.destination else None
    return (end,) if end else ()


def _links(boxes: list[Box]) -> Iterator[tuple[str, str, bool]]:
    """Yield (client, server, do both register with each other) once for each pair."""
    pairs = {(box.name, server) for box in boxes for server in box.servers}
    names = {box.name for box in boxes}
    for box in boxes:
        for server in box.servers:
            mutual = (server, box.name) in pairs
            if server in names and not (mutual and box.name > server):
                yield box.name, server, mutual


def _rows(boxes: list[Box]) -> Iterator[list[Box]]:
    """Yield hubs by level, the highest first, then spokes."""
    hubs = {box.name: box for box in boxes if box.kind == "hub"}
    levels: dict[int, list[Box]] = {}
    for box in hubs.values():
        levels.setdefault(_level(box.name, hubs, ()), []).append(box)
    rows = [levels[level] for level in sorted(levels)]
    rows.append([box for box in boxes if box.kind != "hub"])
    for row in rows:
        for start in range(0, len(row), _IN_A_ROW):
            yield row[start : start + _IN_A_ROW]


def _level(name: str, hubs: dict[str, Box], below: tuple[str, ...]) -> int:
    """Return how many hubs stand above; hubs that are each other's clients stand side by side."""
    above = [
        server
        for server in hubs[name].servers
        if server in hubs and server not in below and name not in hubs[server].servers
    ]
    return 1 + max(_level(server, hubs, (*below, name)) for server in above) if above else 0
