"""A healthy lab as it was recorded, edited by hand: what is wrong fails, and nothing else does.

The recording (`tests/recordings/lab/verified.json.gz`) is a folder of `verify --save`, shortcuts
included, as one JSON document of texts by path.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dmvpn_auto.cli.verify_offline import configurations, judge_folder, open_evidence
from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.inventory import open_design, write_folder
from dmvpn_auto.verify import ALL, Status, Verification, conclude, from_files
from tests import recordings

CONFIG, DMVPN, ROUTES = "show running-config", "show dmvpn", "show ip route"
TUNNEL, IP_TUNNEL = "show interfaces Tunnel0", "show ip interface Tunnel0"
NHRP, NHS, MULTICAST = "show ip nhrp", "show ip nhrp nhs detail", "show ip nhrp multicast"
IKE, IPSEC, BGP = "show crypto ikev2 sa", "show crypto ipsec sa", "show ip bgp summary"
PING = "ping 10.255.0.1 source 10.255.0.12 repeat 3 timeout 1"
BIG = "ping 10.255.0.1 source 10.255.0.12 repeat 2 timeout 1 size 1400 df-bit"
STRANGER = r"\1     1 192.0.2.77         10.255.0.99    UP 00:00:06     D\n"

_TO = {
    who: rf"(?s)(   remote ident [^\n]+\({nbma}/.*?)"
    for who, nbma in {"hub": "198.51.100.2", "spoke2": "203.0.113.2"}.items()
}
"""Up to what follows in the flow of a router to its first peer."""
Edit = tuple[str, str, str, str]
"""Router, command, what a pattern finds, what stands there instead."""
Key = tuple[str, str, str | None]


def _twice(router: str, command: str) -> tuple[Edit, Edit]:
    """Count one peer more than there was."""
    now = {"hub": "3", "spoke2": "1"}[router]
    return (
        (router, command, rf"Peers:{now}\b", f"Peers:{int(now) + 1}"),
        (router, command, r"(?s)(\n     1 [^\n]+\n)", STRANGER),
    )


WRONG: dict[str, tuple[tuple[Edit, ...], set[Key]]] = {
    "an unknown peer at the hub": (_twice("hub", DMVPN), {("unexpected-peers", "hub", None)}),
    "an unknown peer at a spoke": (_twice("spoke2", DMVPN), {("unexpected-peers", "spoke2", None)}),
    "a tunnel address from two NBMA addresses": (
        (("hub", DMVPN, r"Peers:3", "Peers:4"),
         ("hub", DMVPN, r"(     1 )198.51.100.6   (.*\n)", r"\g<0>\g<1>192.0.2.77     \2")),
        {("duplicate-registrations", "hub", None)},
    ),
    "an NBMA address that changed": (
        (("hub", DMVPN, r"198.51.100.6 ", "192.0.2.77   "),
         ("hub", NHRP, r"198.51.100.6 ", "192.0.2.77 ")),
        {("registration", "hub", "spoke2")},
    ),
    "an address the client has left": (
        (("spoke2", TUNNEL, r"source 198.51.100.6", "source 192.0.2.77"),),
        {("nbma-address", "hub", "spoke2")},
    ),
    "a NAT nobody planned": (
        (("hub", NHRP, r"(NBMA address: 198.51.100.6 \n)",
          r"\1   (Claimed NBMA address: 192.168.1.2) \n"),),
        {("nbma-address", "hub", "spoke2")},
    ),
    "a hub at another NBMA address": (
        (("spoke2", DMVPN, r"203.0.113.2 ", "203.0.113.9 "),), {("peer-state", "spoke2", "hub")},
    ),
    "another role": ((("hub", DMVPN, "Type:Hub", "Type:Spoke"),), {("role", "hub", None)}),
    "another priority": (
        (("spoke2", NHS, "priority = 0", "priority = 5"),), {("nhs-set", "spoke2", None)},
    ),
    "another cluster": (
        (("spoke2", NHS, "cluster = 0", "cluster = 5"),), {("nhs-set", "spoke2", None)},
    ),
    "a server that does not answer": (
        (("spoke2", NHS, "  RE  ", "   E  "),), {("nhs", "spoke2", "hub")},
    ),
    "a server that waits": (
        (("spoke2", NHS, "  RE  ", "   W  "),), {("nhs", "spoke2", "hub")},
    ),
    "no multicast to a client": (
        (("hub", MULTICAST, r"Tunnel0 +198.51.100.6 .*\n", ""),), {("multicast", "hub", "spoke2")},
    ),
    "multicast to a client switched off": (
        (("hub", MULTICAST, r"(198.51.100.6 .*)Enabled", r"\1Disabled"),),
        {("multicast", "hub", "spoke2")},
    ),
    "no multicast to the hub": (
        (("spoke2", MULTICAST, r"203.0.113.2 ", "203.0.113.9 "),), {("multicast", "spoke2", "hub")},
    ),
    "another cipher, hub": (
        (("hub", IKE, r"(?s)(198.51.100.6/.*?Encr: )AES-GCM", r"\1AES-CBC"),),
        {("ike-sa", "hub", "spoke2")},
    ),
    **{
        f"another {name}, spoke": ((("spoke2", IKE, old, new),), {("ike-sa", "spoke2", "hub")})
        for name, old, new in (
            ("key size", "keysize: 256", "keysize: 128"),
            ("pseudo-random function", "PRF: SHA384", "PRF: SHA256"),
            ("integrity", "Hash: None", "Hash: SHA256"),
            ("DH group", "DH Grp:20", "DH Grp:14"),
            ("authentication", "Auth verify: PSK", "Auth verify: RSA"),
            ("IKE lifetime", "86400/", "28800/"),
            ("IKE state", "READY", "IN-NEG"),
        )
    },
    **{
        f"another {name}, {who}": (
            ((who, IPSEC, rf"{_TO[who]}{old}", rf"\1{new}"),),
            {("ipsec-sa", who, "spoke1" if who == "hub" else "hub")},
        )
        for who in ("hub", "spoke2")
        for name, old, new in (
            ("transform set", "esp-gcm 256", "esp-256-aes esp-sha-hmac"),
            ("mode", "{Transport, }", "{Tunnel, }"),
            ("IPsec lifetime", r"\(k/sec\): \(\d+/\d+", "(k/sec): (4607990/28000"),
            ("PFS group", "PFS .Y/N.: N, DH group: none", "PFS (Y/N): Y, DH group: group14"),
            ("SA state", r"ACTIVE\(ACTIVE\)", "INACTIVE"),
        )
    },
    **{
        f"no packets {way}, {who}": (
            ((who, IPSEC, rf"{_TO[who]}#pkts {way}: \d+, (#pkts \w+): \d+, (#pkts \w+): \d+",
              rf"\1#pkts {way}: 0, \2: 0, \3: 0"),),
            {("esp-counters", who, "spoke1" if who == "hub" else "hub")},
        )
        for who in ("hub", "spoke2")
        for way in ("encaps", "decaps")
    },
    "another ip mtu": (
        (("spoke2", IP_TUNNEL, "MTU is 1400", "MTU is 1472"),),
        {("tunnel-interface", "spoke2", None)},
    ),
    **{
        f"another {name} on the tunnel": (
            (("hub", TUNNEL, old, new),), {("tunnel-interface", "hub", None)},
        )
        for name, old, new in (
            ("key", "Key 0x64", "Key 0x65"),
            ("mode", "multi-GRE/IP", "GRE/IP"),
            ("profile", r'profile "DMVPN-IPSEC"', 'profile "OTHER"'),
            ("address", "10.255.0.1/24", "10.255.0.1/16"),
            ("source", r"203.0.113.2 \(GigabitEthernet1\)", "203.0.113.2 (GigabitEthernet2)"),
        )
    },
    "no protection": (
        (("hub", TUNNEL, r"  Tunnel protection via IPSec.*\n", ""),),
        {("tunnel-interface", "hub", None)},
    ),
    "a foreign neighbor": (
        (("hub", BGP, r"\*10.255.0.12( .*\n)", r"\g<0>*10.255.0.99\1"),),
        {("unexpected-neighbors", "hub", None)},
    ),
    "a session that is down": (
        (("hub", BGP, r"(\*10.255.0.12 .* )\d+\n", r"\1Idle\n"),),
        {("overlay-neighbor", "hub", "spoke2")},
    ),
    "a prefix that is missing": (
        (("hub", ROUTES, r"B +10.2.1.0/24 .*\n", ""), ("hub", ROUTES, "11 subnets", "10 subnets")),
        {("overlay-routes", "hub", "spoke2")},
    ),
    "a prefix by another spoke": (
        (("hub", ROUTES, r"(10.2.1.0/24 .* via 10.255.0.)12", r"\g<1>13"),),
        {("overlay-routes", "hub", "spoke2")},
    ),
    "a prefix by another spoke as well, hub": (
        (("hub", ROUTES, r"(B +10.2.1.0/24 .*)\n",
          r"\1\n                  [200/0] via 10.255.0.13, 00:00:04\n"),),
        {("overlay-routes", "hub", "spoke2")},
    ),
    "the summary by another spoke as well, spoke": (
        (("spoke2", ROUTES, r"(B +10.0.0.0/8 .*)\n",
          r"\1\n                  [200/0] via 10.255.0.13, 00:00:04\n"),),
        {("overlay-routes", "spoke2", "hub")},
    ),
    "the summary by another spoke": (
        (("spoke2", ROUTES, r"(10.0.0.0/8 \[.* via 10.255.0.)1,", r"\g<1>13,"),),
        {("overlay-routes", "spoke2", "hub")},
    ),
    "a prefix that the summary should hide": (
        (("spoke2", ROUTES, r"(B +)10.0.0.0/8( .*)\n", r"\g<0>\g<1>10.3.0.0/24\2\n"),
         ("spoke2", ROUTES, "7 subnets", "8 subnets")),
        {("unexpected-routes", "spoke2", None)},
    ),
    "a prefix of nobody": (
        (("hub", ROUTES, r"(B +)10.2.1.0/24( .*\n)", r"\g<1>172.16.0.0/16\2\g<0>"),),
        {("unexpected-routes", "hub", None)},
    ),
    "a static route into the tunnel": (
        (("spoke2", ROUTES, r"(B +10.0.0.0/8)",
          r"S        172.16.0.0/16 is directly connected, Tunnel0\n\1"),),
        {("unexpected-routes", "spoke2", None)},
    ),
    "recursion at a spoke": (
        (("spoke2", ROUTES, r"(B +)10.0.0.0/8( .*\n)", r"\g<1>203.0.113.2/32\2\g<0>"),),
        {("underlay-route", "spoke2", None), ("unexpected-routes", "spoke2", None)},
    ),
    "recursion at the hub": (
        (("hub", ROUTES, r"S\*(    0.0.0.0/0 .* via )203.0.113.1", r"B*\g<1>10.255.0.12, 00:00:09"),
         ("hub", ROUTES, "resort is 203.0.113.1", "resort is 10.255.0.12")),
        {("underlay-route", "hub", None)},
    ),
    "another MSS": (
        (("spoke2", CONFIG, "adjust-mss 1360", "adjust-mss 1300"),),
        {("configuration", "spoke2", None)},
    ),
    "no redirect": (
        (("hub", CONFIG, " ip nhrp redirect\n", ""),), {("configuration", "hub", None)},
    ),
    "a secret that is gone": (
        (("spoke2", CONFIG, r"  pre-shared-key .*\n", ""),), {("configuration", "spoke2", None)},
    ),
    "lost packets": (
        (("spoke2", PING, r"!!!\n", "!.!\n"), ("spoke2", PING, r"100 percent \(3/3\)",
                                               "66 percent (2/3)")),
        {("overlay-ping", "spoke2", "hub")},
    ),
    "lost large packets": (
        (("spoke2", BIG, r"!!\n", "..\n"), ("spoke2", BIG, r"100 percent \(2/2\).*",
                                            "0 percent (0/2)")),
        {("overlay-mtu", "spoke2", "hub")},
    ),
    "a redirect that is configured and not active": (
        (("after/hub", "show ip nhrp traffic", r"\d+ Traffic Indication", "0 Traffic Indication"),
         *((f"after/spoke{n}", NHRP, rf"10.{n % 3 + 1}.0.0/24 via .*\n(   .*\n)+", "")
           for n in (1, 2, 3))),
        {("redirect-active", "hub", None), *(("shortcut-formed", f"spoke{n}", f"spoke{n % 3 + 1}")
                                             for n in (1, 2, 3))},
    ),
    "a path over the hub": (
        (("after/spoke2", "traceroute 10.3.0.1 source 10.2.0.1 numeric timeout 1 probe 1",
          r"\n  1 10.3.0.1 (.*)", r"\n  1 10.255.0.1 \1\n  2 10.3.0.1 \1"),),
        {("shortcut-path", "spoke2", "spoke3")},
    ),
}  # fmt: skip


@cache
def healthy() -> Mapping[str, str]:
    packed = (recordings.FOLDER / "lab" / "verified.json.gz").read_bytes()
    files: dict[str, str] = json.loads(gzip.decompress(packed))
    return files


@cache
def index() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(healthy()["index.json"])
    return told


def path_of(router: str, command: str) -> str:
    stage, _, device = router.rpartition("/")
    path: str = index()["stages"][stage or "rest"][device][command]["file"]
    return path


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> CloudDesign:
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "clouds").mkdir()
    cloud = (recordings.FOLDER / "lab" / "cloud.yaml").read_text()
    (folder / "clouds" / "branches.yaml").write_text(cloud)
    return open_design(folder, None)


def judged(design: CloudDesign, files: Mapping[str, str]) -> Verification:
    return conclude(design, from_files(files, "recorded"), config=configurations())


def keys(result: Verification, status: Status) -> set[Key]:
    return {v.key[:3] for v in result.verdicts if v.status is status}


def test_the_recording_passes(design: CloudDesign) -> None:
    result = judged(design, healthy())
    assert [v for v in result.verdicts if v.status is not Status.PASS] == []
    assert {v.check for v in result.verdicts} >= ALL - {"clock", "certificates", "overlay-timers"}


@pytest.mark.parametrize(("edits", "fails"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_fails_and_nothing_else(
    design: CloudDesign, edits: tuple[Edit, ...], fails: set[Key]
) -> None:
    files = dict(healthy())
    for router, command, old, new in edits:
        path = path_of(router, command)
        files[path], count = re.subn(old, new, files[path], count=1)
        assert count, (path, files[path])
    result = judged(design, files)
    assert keys(result, Status.FAIL) == fails
    rest = [v for v in result.verdicts if v.status is Status.UNKNOWN and not v.follows]
    assert rest == []


def _cut(lines: list[str]) -> list[str]:
    return lines[: len(lines) * 2 // 3]


def _mixed(lines: list[str]) -> list[str]:
    middle = len(lines) // 2
    return [*lines[:middle], "interface Serial0/1/0:23 mixed in\n", *lines[middle:]]


@pytest.mark.parametrize("harm", [_cut, _mixed], ids=["cut off", "mixed"])
@pytest.mark.parametrize("router", ["hub", "spoke2"])
def test_what_was_not_read_whole_gives_no_pass(
    design: CloudDesign, router: str, harm: Callable[[list[str]], list[str]]
) -> None:
    """At the end of a line too, where no parser can tell: the index knows how long it was."""
    whole = judged(design, healthy())
    for command in (TUNNEL, IP_TUNNEL, ROUTES, DMVPN, NHRP, NHS, MULTICAST, IKE, IPSEC, BGP):
        if command not in index()["stages"]["rest"][router]:
            continue
        files = dict(healthy())
        path = path_of(router, command)
        files[path] = "".join(harm(files[path].splitlines(keepends=True)))
        result = judged(design, files)
        before = keys(whole, Status.PASS)
        lost = before - keys(result, Status.PASS)
        used = [v for v in result.verdicts if v.key[:3] in lost]
        if (router, command) == ("spoke2", NHRP):
            continue  # what a spoke has learnt is judged for pairs only
        assert used, command
        assert all(v.status is Status.UNKNOWN for v in used), [v for v in used if not v.follows]


def saved(tmp_path: Path, files: Mapping[str, str]) -> Path:
    write_folder(tmp_path / "kept", files)
    return tmp_path / "kept"


def test_the_evidence_of_another_router_is_none(design: CloudDesign, tmp_path: Path) -> None:
    files = dict(healthy())
    for command, kept in index()["stages"]["rest"]["spoke3"].items():
        theirs = command.replace("10.255.0.13", "10.255.0.12")
        files[path_of("spoke2", theirs)] = healthy()[kept["file"]]
    result = judge_folder(saved(tmp_path, files), design, ALL, None)
    assert not [v for v in result.verdicts if v.device == "spoke2" and v.status is Status.PASS
                and not v.check.startswith("shortcut")]  # fmt: skip
    said = [v.actual for v in result.verdicts if v.key[:3] == ("tunnel-interface", "spoke2", None)]
    assert said == [f"no evidence: this {TUNNEL!r} is of spoke3, not of spoke2"]


@pytest.mark.parametrize("command", [CONFIG, ROUTES, TUNNEL, IKE, IPSEC, PING])
def test_one_output_of_another_router_is_none(
    design: CloudDesign, tmp_path: Path, command: str
) -> None:
    files = dict(healthy())
    theirs = command.replace("10.255.0.12", "10.255.0.13")
    files[path_of("spoke2", command)] = files[path_of("spoke3", theirs)]
    result = judge_folder(saved(tmp_path, files), design, ALL, None)
    said = {v.actual for v in result.verdicts if v.status is Status.UNKNOWN and not v.follows}
    assert f"no evidence: this {command!r} is of spoke3, not of spoke2" in said
    assert keys(result, Status.FAIL) == set()


def _log(design: CloudDesign, tmp_path: Path, end: str) -> Verification:
    text = "".join(
        f"hub#{command}\n{healthy()[kept['file']]}\n"
        for command, kept in index()["stages"]["rest"]["hub"].items()
        if command != ROUTES
    )
    folder = tmp_path / "logs"
    folder.mkdir()
    routes = healthy()[path_of("hub", ROUTES)].strip()
    (folder / "hub.log").write_text(f"{text}hub#{ROUTES}\n{routes}{end}")
    return conclude(design, open_evidence(folder, design), config=configurations())


def test_a_log_that_stops_within_an_output_proves_nothing_by_it(
    design: CloudDesign, tmp_path: Path
) -> None:
    (tmp_path / "whole").mkdir()
    passed = keys(_log(design, tmp_path / "whole", "\nhub#"), Status.PASS)
    cut = keys(_log(design, tmp_path, ""), Status.PASS)
    assert {check for check, *_ in passed - cut} == {
        "overlay-routes", "unexpected-routes", "underlay-route",
    }  # fmt: skip
