"""Free lines: owned, ordered, at their place; nothing that we render can be said by one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dmvpn_auto.design import Ledger, Severity, resolve
from dmvpn_auto.design.free import HELD
from dmvpn_auto.design.rules.base import View
from dmvpn_auto.design.rules.free import RULES as FREE
from dmvpn_auto.inventory.clouds import examine, located
from dmvpn_auto.ios import Tree, diff, parse
from dmvpn_auto.models import Cloud
from dmvpn_auto.models.free import FreeLines
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.render.sections import SECTIONS, free_name
from tests.golden import designs
from tests.unit.intents import cloud, design, findings, folder

_BLOCKS = {
    "interface Tunnel": "tunnel", "interface ": "wan", "router ": "routing",
    "ip access-list ": "acl",
}  # fmt: skip
_SHOWN_ONLY = ("exit-", "!")


def _leaves(tree: Tree, header: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """Return (block, path) of each line that is no header."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for line, below in tree.items():
        if below:
            found += [(block or line, (line, *path)) for block, path in _leaves(below, line)]
        else:
            found.append(("", (line,)))
    return found


def _taken(intent: Cloud, router: str, free: dict[str, Any]) -> set[str]:
    """Return what the rules say when the router has these free lines of its own."""
    section = "hubs" if router in intent.hubs else "spokes"
    lines = {name: FreeLines.model_validate(given) for name, given in free.items()}
    own = getattr(intent, section)[router].model_copy(update={"free": lines})
    members = {**getattr(intent, section), router: own}
    changed = intent.model_copy(update={section: members})
    made = resolve("x", changed, Ledger())
    view = View(changed, made, Ledger(), lambda _reference: None)
    found = [finding for kind in FREE for finding in kind().findings(view)]
    return {f.rule for f in found if f.severity is Severity.ERROR}


@pytest.mark.parametrize("name", [n for n in designs.NAMES if n != "free-lines"])
def test_no_line_that_is_rendered_can_be_a_free_one(name: str) -> None:
    intent = designs.intent(name)
    for router, text in designs.rendered(name):
        for header, below in parse(text).items():
            refused = _taken(intent, router, {"tunnel": {"after": [header]}})
            assert refused & {"free-line-taken", "free-line-secret"}, header
            section = next((s for start, s in _BLOCKS.items() if header.startswith(start)), None)
            if section is None:
                continue
            provider = section == "routing" and _is_provider(intent, router, header)
            for _, path in _leaves(below):
                words = path[-1].split(maxsplit=1)
                line = words[-1] if section == "acl" and words[0].isdigit() else path[-1]
                if section == "acl":
                    continue  # entries beside ours are what free lines there are for
                inside = {("provider" if provider else section): {"inside": _nested(path, line)}}
                refused = _taken(intent, router, inside)
                secret_or_taken = {"free-line-taken", "free-line-secret"}
                if section == "wan" and line.startswith("no shutdown"):
                    continue
                assert refused & secret_or_taken, (router, header, path)


def _nested(path: tuple[str, ...], line: str) -> list[str]:
    return [" " * depth + step for depth, step in enumerate((*path[:-1], line))]


def _is_provider(intent: Cloud, router: str, header: str) -> bool:
    found = next(r for r in resolve("x", intent, Ledger()).routers if r.name == router)
    provider = found.underlay.provider if found.underlay else None
    own = f"router {provider.kind}" if provider else "-"
    in_overlay = getattr(provider, "in_overlay", False)
    process = getattr(provider, "process", None)
    return (
        header.startswith(own)
        and not in_overlay
        and (process is None or header.split()[2] == str(process))
    )


@pytest.mark.parametrize("name", designs.NAMES)
def test_the_sections_that_a_router_has_are_those_that_are_rendered(name: str) -> None:
    for router in designs.design(name).routers:
        rendered = {
            free_name(template)
            for section in SECTIONS
            if (template := section.template(router)) is not None
        }
        assert rendered & set(HELD) == {s for s, held in HELD.items() if held(router)}


def test_absent_lines_are_lines_too_and_need_none_where_all_is_ours() -> None:
    intent = designs.intent("free-lines")
    for free, rules in (
        ({"tunnel": {"absent": ["ip flow egress"]}}, {"free-line-elsewhere"}),
        ({"acl": {"absent": ["permit ip any any"]}}, {"free-line-elsewhere"}),
        ({"acl": {"absent": ["snmp-server community old RO"]}}, {"free-line-secret"}),
        ({"tunnel": {"absent": ["show version"]}}, {"free-line-form", "free-line-elsewhere"}),
        ({"tunnel": {"absent": ["router eigrp 7", " network 10.0.0.0"]}}, set()),
        ({"routing": {"absent": ["redistribute static"]}}, set()),
    ):
        assert _taken(intent, "spoke1", free) == rules, free


def test_lines_stand_at_their_place_in_the_order_of_their_owners() -> None:
    text = dict(designs.rendered("free-lines"))["spoke1"]
    tree = parse(text)
    assert next(iter(tree)) == "class-map match-any VOICE"
    assert list(tree["interface Tunnel0"])[-4:] == [
        "load-interval 30",
        "ip nhrp max-send 20000 every 10",
        "ip verify unicast source reachable-via any",
        "ip flow ingress",
    ]
    assert "redistribute static" in tree["router bgp 65000"]["address-family ipv4"]
    assert "40 permit tcp host 192.0.2.9 any eq 22" in tree["ip access-list extended WAN-IN"]
    assert text.count("ip route 10.1.9.0 255.255.255.0 10.1.0.2\n!\n") == 1
    assert "ip flow ingress" not in dict(designs.rendered("free-lines"))["hub"]


def test_a_reference_becomes_the_value_only_where_values_are_asked_for() -> None:
    router = designs.design("free-lines").routers[0]
    assert "community <env:SNMP> RO" in Renderer(placeholder).render(router)
    assert "community s3cret RO" in Renderer(lambda _reference: "s3cret").render(router)


def test_free_lines_are_owned_by_the_change() -> None:
    text = dict(designs.rendered("free-lines"))["spoke1"]
    wanted = parse(text)
    assert not diff(wanted, wanted)
    running = parse(text.replace(" load-interval 30\n", "").replace("  priority percent 30\n", ""))
    assert [line.strip() for line in diff(running, wanted).forward] == [
        "policy-map WAN-OUT", "class VOICE", "priority percent 30", "exit", "exit",
        "interface Tunnel0", "load-interval 30", "exit",
    ]  # fmt: skip
    drifted = parse(text.replace(" load-interval 30\n", " load-interval 60\n"))
    assert "load-interval 30" in "".join(diff(drifted, wanted).forward)
    without = parse(text.replace(" ip flow ingress\n", ""))
    assert " no ip flow ingress" in diff(wanted, without).forward


@pytest.mark.parametrize("line", ["", " ", "x ", "a\nb", "snmp-server community <vault> RO"])
def test_a_line_is_one_printable_line(line: str) -> None:
    raw = {"tunnel": {"before": [line]}}
    if "<" in line:  # not a reference: the rule finds the secret, the model takes the text
        assert "free-line-secret" in {f.rule for f in findings({"free": raw})}
        return
    with pytest.raises(ValidationError):
        cloud({"free": raw})


def test_a_wrong_reference_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        cloud({"free": {"tunnel": {"before": ["snmp-server community <envy:S3CRET-x> RO"]}}})
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption", "password encryption aes",
        "neighbor 10.9.9.9 send-community",
        "ip ospf authentication message-digest", "set community 65000:1",
        "ip nhrp max-send 1000 every 10", "snmp-server community <env:SNMP> RO",
        "username admin secret <env:ADMIN>", "crypto isakmp key <env:OLD> address 192.0.2.1",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_not_taken_for_one(line: str) -> None:
    found = {f.rule for f in findings({"free": {"vrf": {"after": [line]}}})}
    assert "free-line-secret" not in found


def test_a_finding_names_the_line_of_the_file(tmp_path: Any) -> None:
    base = folder(tmp_path, {"free": {"tunnel": {"inside": ["load-interval 30", "ip mtu 1476"]}}})
    loaded, found = examine(base)
    text = (base / "clouds/branches.yaml").read_text().splitlines()
    (one,) = [f for f in located(loaded, found.findings) if f.rule == "free-line-taken"]
    assert text[int(one.where.rpartition(":")[2]) - 1].strip() == "- ip mtu 1476"


def test_secrets_in_lines_are_in_no_finding() -> None:
    lines = ["snmp-server community canary-7f3 RO", "ip nhrp authentication canary-7f3"]
    found = findings({"free": {"tunnel": {"inside": lines, "after": lines}}})
    assert "free-line-secret" in {f.rule for f in found}
    assert "canary" not in repr(found)


def test_a_cloud_without_free_lines_carries_none() -> None:
    assert all(router.free == () for router in design().routers)
