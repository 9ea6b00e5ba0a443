"""NHRP groups (quality of service per spoke) and what redirects were sent."""

from __future__ import annotations

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.evidence import NhrpGroup, NhrpGroups, NhrpRedirect, NhrpRedirects


def parse_redirect(command: str, lines: list[str]) -> NhrpRedirects:
    """Read `show ip nhrp redirect`, in the layout of 12.4 and 15.x and in that of IOS-XE."""
    found, unparsed = read_rows(NhrpRedirect, "show_ip_nhrp_redirect", lines)
    return NhrpRedirects(command=command, redirects=found, unparsed=unparsed)


def parse_groups(command: str, lines: list[str]) -> NhrpGroups:
    """Read `show ip nhrp group-map`; an interface without group is no row."""
    found, unparsed = read_rows(NhrpGroup, "show_nhrp_group_map", lines)
    return NhrpGroups(command=command, groups=found, unparsed=unparsed)
