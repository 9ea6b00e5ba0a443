"""Rendering: the words of IOS, dialects that override their parent, texts shared and made once."""

from __future__ import annotations

import shutil
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from dmvpn_auto.render import Renderer, placeholder, render
from dmvpn_auto.render.words import FILTERS
from dmvpn_auto.resources import resource
from tests.unit.intents import PSK, design


@pytest.mark.parametrize(
    ("word", "value", "text"),
    [
        ("host_mask", IPv4Interface("10.0.0.1/23"), "10.0.0.1 255.255.254.0"),
        ("address_mask", IPv4Network("10.0.0.0/8"), "10.0.0.0 255.0.0.0"),
        ("address_mask", IPv4Network("0.0.0.0/0"), "0.0.0.0 0.0.0.0"),
        ("address_wildcard", IPv4Network("10.1.0.0/16"), "10.1.0.0 0.0.255.255"),
        ("classful_mask", IPv4Network("10.0.0.0/8"), "10.0.0.0"),
        ("classful_mask", IPv4Network("10.0.0.0/9"), "10.0.0.0 mask 255.128.0.0"),
        ("classful_mask", IPv4Network("172.16.0.0/16"), "172.16.0.0"),
        ("classful_mask", IPv4Network("192.168.1.0/24"), "192.168.1.0"),
        ("classful_mask", IPv4Network("192.168.0.0/16"), "192.168.0.0 mask 255.255.0.0"),
        ("classful_wildcard", IPv4Network("192.168.1.0/24"), "192.168.1.0"),
        ("classful_wildcard", IPv4Network("192.168.1.0/25"), "192.168.1.0 0.0.0.127"),
    ],
)
def test_addresses_are_spelled_as_ios_prints_them(word: str, value: object, text: str) -> None:
    assert FILTERS[word](value) == text


def test_a_renderer_writes_what_render_writes() -> None:
    found = design({"crypto": PSK})
    renderer = Renderer(placeholder)
    for router in found.routers:
        assert renderer.render(router) == render(router, placeholder)


def test_shared_texts_are_kept_apart_by_dialect() -> None:
    crypto = {"kind": "ikev1-psk", "pre_shared_key": "env:PSK", "ipsec": {"encryption": "aes-256"}}
    found = design({"crypto": crypto, "spokes": {"spoke1": {"dialect": "ios"}}})
    renderer = Renderer(placeholder)
    texts = {router.name: renderer.render(router) for router in found.routers}
    assert " encr aes 256\n" in texts["spoke1"]
    assert " encryption aes 256\n" in texts["spoke2"]


def test_secrets_are_put_in_verbatim() -> None:
    wild = "a<b>&'\"{{ x }}\\ !"
    text = render(design({"crypto": PSK}).routers[0], lambda _reference: wild)
    assert f"  pre-shared-key {wild}\n" in text
    assert f" ip nhrp authentication {wild}\n" in text


def test_a_template_that_asks_for_what_is_not_there_is_a_bug(tmp_path: Path) -> None:
    shutil.copytree(resource("templates"), tmp_path / "templates")
    path = tmp_path / "templates" / "ios" / "tunnel.j2"
    path.write_text(path.read_text().replace("t.ip_mtu", "t.ip_mut"))
    with pytest.raises(UndefinedError):
        Renderer(placeholder, tmp_path / "templates").render(design().routers[0])


def test_rendering_is_deterministic() -> None:
    one, two = (
        [Renderer(placeholder).render(router) for router in design().routers] for _ in range(2)
    )
    assert one == two


def test_a_list_at_the_wan_names_servers_of_its_own_family_alone() -> None:
    servers = ["192.0.2.53", "2001:db8::53"]
    wan = {"address": "203.0.113.2/30", "gateway": "203.0.113.1"}
    made = design(
        {
            "transport": {"manage": True, "acl": "IN", "dns": {"servers": servers}},
            "hubs": {"hub": {"wan": wan, "name": "hub.example.net"}},
            "spokes": {"spoke1": {"wan": {"address": "dhcp"}}, "spoke2": None},
        }
    )
    entries = render(made.spokes[0], placeholder).partition("ip access-list")[2]
    assert "permit udp host 192.0.2.53 eq domain any" in entries
    assert "2001" not in entries.upper()
