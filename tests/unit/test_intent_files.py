"""Wrong files: every message names file, line and what to write instead, and no secret."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest

from dmvpn_auto.errors import InputError, UsageError
from dmvpn_auto.inventory import load_cloud
from dmvpn_auto.inventory.yaml_file import read_yaml

GOOD = """\
phase: 3
tunnel:
  subnet: 10.255.0.0/24
transport: {source: GigabitEthernet1}
crypto:
  kind: ikev2-psk
  pre_shared_key: env:PSK
overlay:
  kind: ibgp
  asn: 65000
hubs:
  hub:
    nbma: 203.0.113.2
spokes:
  spoke1:
    nbma: 198.51.100.2
    lan: [10.1.0.1/24]
"""
CANARY = "canary-7f3e"


def _load(base: Path, text: str) -> None:
    (base / "clouds").mkdir(exist_ok=True)
    (base / "clouds" / "branches.yaml").write_text(text)
    load_cloud(base)


WRONG = [
    ("tunnel:", "tunel:", "@2: unknown key 'tunel' in cloud; did you mean 'tunnel'?"),
    ("  subnet:", "  subnett:", "@3: unknown key 'subnett' in tunnel; did you mean 'subnet'?"),
    ("  subnet: 10.255.0.0/24", "  key: 1", "@2: tunnel: key 'subnet' is missing"),
    (
        "    nbma: 198.51.100.2",
        "    nbna: 198.51.100.2",
        "@16: unknown key 'nbna' in spokes.spoke1; did you mean 'nbma'?",
    ),
    (
        "  subnet: 10.255.0.0/24",
        "  subnet: 10.255.0.0/24\n  holdtime: 60",
        "@4: unknown key 'holdtime' in tunnel; it belongs into 'nhrp'",
    ),
    ("phase: 3", "phase: 4", "@1: phase: must be 0, 1, 2 or 3"),
    (
        "10.255.0.0/24",
        "10.255.0.1/24",
        "@3: tunnel.subnet: '10.255.0.1/24' has bits behind /24; the prefix is 10.255.0.0/24",
    ),
    ("10.255.0.0/24", "10.255.0.0", "has no prefix length; write it such as 10.0.0.0/24"),
    ("203.0.113.2", "203.0.113.256", "@13: hubs.hub.nbma: '203.0.113.256' is not an IPv4 address"),
    ("203.0.113.2", "dynamic", "hubs.hub.nbma: 'dynamic' is not an IPv4 address"),
    ("asn: 65000", "asn: '65000'", "@10: overlay.asn: a whole number is expected, without quotes"),
    ("asn: 65000", "asn: 0", "overlay.asn: must be greater than or equal to 1"),
    (
        "kind: ibgp",
        "kind: bgp",
        "@8: overlay: `kind` must be one of 'ebgp', 'eigrp', 'eigrp-named', 'ibgp'",
    ),
    ("kind: ibgp", "kind: igbp", "'rip', 'static'; did you mean 'ibgp'?"),
    ("phase: 3", "phase: 3\ndialect: iosex", "must be 'ios' or 'iosxe'; did you mean 'iosxe'?"),
    ("phase: 3", "phase: 3\nfree: {tunel: {}}", "'mpls'; did you mean 'tunnel'? (the key 'tunel')"),
    (
        "phase: 3",
        "phase: 3\ngroups: {dsl: {free: {tunnel: {insde: []}}}}",
        "unknown key 'insde' in groups.dsl.free.tunnel; did you mean 'inside'?",
    ),
    (
        "  kind: ibgp\n",
        "",
        "@8: overlay: `kind` must be one of 'ebgp', 'eigrp', 'eigrp-named', 'ibgp'",
    ),
    (
        "GigabitEthernet1",
        "Gi1",
        "'Gi1' is not an interface name as IOS prints it; IOS prints GigabitEthernet1",
    ),
    ("GigabitEthernet1", "gigabitethernet1", "IOS prints GigabitEthernet1"),
    ("GigabitEthernet1", "GigabitEthernt1", "IOS prints GigabitEthernet1"),
    ("[10.1.0.1/24]", "10.1.0.1/24", "@17: spokes.spoke1.lan: a list is expected"),
    (
        "[10.1.0.1/24]",
        "[10.1.0.255/24]",
        "spokes.spoke1.lan.0: '10.1.0.255/24' is the broadcast address of 10.1.0.0/24",
    ),
    ("[10.1.0.1/24]", "[10.1.0.1/33]", "the prefix length is a number from 0 to 32"),
    ("  spoke1:", "  spoke 1:", "@15: spokes: 'spoke 1' is not a router name"),
    (
        "  spoke1:\n",
        "  spoke1:\n    description: Köln\n",
        "spokes.spoke1.description: 'Köln' is not a text that IOS keeps",
    ),
    ("  spoke1:", "  1:", "@15: spokes: a router name"),
    (
        "spokes:",
        "<<: {}\nspokes:",
        "unknown key '<<' in cloud; YAML merge keys are not read, use `groups`",
    ),
    ("  spoke1:\n", "  hub: {}\n  hub:\n", "@16: key 'hub' is given twice; first in line 15"),
    ("phase: 3", "phase: [", "@3: not YAML: did not find expected ',' or ']' (begun in line 1)"),
    ("phase: 3", "\tphase: 3", "@1: not YAML"),
    (GOOD, "- 1\n", "@ is not a mapping of keys"),
    (GOOD, "", "@ is not a mapping of keys"),
    ("phase: 3", "phase: 3\ncrypt: {}", "unknown key 'crypt' in cloud; did you mean 'crypto'?"),
]
"""What stands in the good file, what replaces it, and a part of the message; @ is the file."""


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG, ids=[w[:20] for _, w, _ in WRONG])
def test_a_wrong_file_is_explained(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in GOOD
    with pytest.raises(InputError) as caught:
        _load(tmp_path, GOOD.replace(right, wrong, 1))
    said = str(caught.value).replace(f"{tmp_path}/", "")
    assert message.replace("@", "clouds/branches.yaml:") in said


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("env:PSK", CANARY),
        ("env:PSK", f"vault:{CANARY}"),
        ("env:PSK", f"[{CANARY}]"),
        ("env:PSK", f"{{a: {CANARY}}}"),
        ("env:PSK", f"env:not-a-{CANARY}"),
        ("  pre_shared_key: env:PSK", f"  pre_shared_kee: {CANARY}"),
        ("  pre_shared_key: env:PSK", f"  pre_shared_key: 'x\n  {CANARY}"),
        ("  pre_shared_key: env:PSK", f"  pre_shared_key: !vault {CANARY}"),
        ("crypto:\n  kind: ikev2-psk\n  pre_shared_key: env:PSK", f"crypto: {CANARY}"),
    ],
)
def test_a_secret_that_stands_in_the_file_is_refused_and_not_shown(
    tmp_path: Path, right: str, wrong: str
) -> None:
    with pytest.raises(InputError) as caught:
        _load(tmp_path, GOOD.replace(right, wrong))
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__} {caught.value.__context__!r}"
    assert CANARY not in shown
    assert "branches.yaml" in str(caught.value)


def test_many_errors_fit_on_one_screen_in_the_order_of_lines(tmp_path: Path) -> None:
    spokes = "".join(f"  s{n}: {{nbna: 1.1.1.{n}}}\n" for n in range(30))
    with pytest.raises(InputError) as caught:
        _load(tmp_path, GOOD.replace("phase: 3", "phsae: 3") + spokes)
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert "phsae" in lines[0]
    assert "s0" in lines[1]
    assert lines[-1] == "... and 21 more"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clouds").mkdir()
    (tmp_path / "clouds" / "branches.yaml").write_bytes(b"phase: 3\nname: \xff\xfe\n")
    with pytest.raises(InputError, match=r"branches.yaml:2: is not UTF-8 text"):
        load_cloud(tmp_path)


_BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join(['*' + before] * 10)}]\n"
    for before, after in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_BOMB, "cloud.yaml: holds YAML that is not data"),
        ("x: 1\na: " + "[" * 3000 + "]" * 3000, "cloud.yaml:2: is nested too deeply"),
        ("x: 1\na: " + "[" * 100000, "cloud.yaml:2: is nested too deeply"),
        ("x: 1\na:\n" + "  [\n" * 100000, "cloud.yaml:130: is nested too deeply"),
        ("x: 1\na: " + '["]", ' * 20000, "cloud.yaml:2: is nested too deeply"),
        ("x: 1\n" + "a: [" * 600, "cloud.yaml:2: is nested too deeply"),
        ("# " + "[" * 5000 + "\nx: [", "cloud.yaml:3: not YAML"),
        ("x: 1\nfree: &f {wan: *f}\n", "cloud.yaml:2: is nested too deeply"),
        ("x: 1\nkey: 99999999999999999999999\n", "cloud.yaml:2: holds YAML that is not data"),
        ("x: 1\nb: \0\n", "cloud.yaml:2: not YAML: the control character U+0000"),
    ],
)
def test_yaml_without_end_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text(text)
    begun = process_time()
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert message in str(caught.value)
    assert process_time() - begun < 5


def test_brackets_in_a_comment_nest_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text("# " + "[" * 5000 + "\nx: [1, {y: 2}]\n")
    assert read_yaml(path) == {"x": [1, {"y": 2}]}


def test_the_cloud_is_chosen_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dmvpn-auto init"):
        load_cloud(tmp_path / "nothing")
    with pytest.raises(InputError, match="there is no cloud"):
        load_cloud(tmp_path)
    _load(tmp_path, GOOD)
    assert load_cloud(tmp_path).name == "branches"
    (tmp_path / "clouds" / "stores.yaml").write_text(GOOD)
    (tmp_path / "clouds" / "stores.addresses.yaml").write_text("")
    with pytest.raises(UsageError, match=r"several clouds: branches, stores"):
        load_cloud(tmp_path)
    with pytest.raises(UsageError, match=r"did you mean --cloud stores\?"):
        load_cloud(tmp_path, "store")
    assert load_cloud(tmp_path, "stores").name == "stores"


CSV = """\
name,nbma,site,group,lan,bandwidth,wan.address
# the branches of the north
spoke2,198.51.100.6,kiel,,10.2.0.1/24 10.2.1.1/24,50000,
spoke3,dynamic,,,10.3.0.1/24,,dhcp
"""
SAME = """\
  spoke2: {nbma: 198.51.100.6, site: kiel, lan: [10.2.0.1/24, 10.2.1.1/24], bandwidth: 50000}
  spoke3: {nbma: dynamic, lan: [10.3.0.1/24], wan: {address: dhcp}}
"""


def test_spokes_of_a_table_are_those_of_the_same_yaml(tmp_path: Path) -> None:
    _load(tmp_path, GOOD + SAME)
    from_yaml = load_cloud(tmp_path).intent
    (tmp_path / "clouds" / "spokes.csv").write_text(CSV)
    _load(tmp_path, GOOD + "spokes_from: {csv: spokes.csv}\n")
    from_csv = load_cloud(tmp_path).intent
    assert list(from_csv.spokes.items()) == list(from_yaml.spokes.items())


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("nbma", "nbna", "clouds/spokes.csv:1: unknown column 'nbna'; did you mean 'nbma'?"),
        ("name,", "site,", "clouds/spokes.csv:1: the column 'name' is missing"),
        ("spoke3", "spoke2", "clouds/spokes.csv:4: spoke 'spoke2' is given twice; first in line 3"),
        ("spoke3", "spoke1", "clouds/spokes.csv:4: spoke 'spoke1' is also in clouds/branches.yaml"),
        ("spoke3", "", "clouds/spokes.csv:4: the name is empty"),
        ("50000", "fast", "clouds/spokes.csv:3: spokes.spoke2.bandwidth: a whole number"),
        ("198.51.100.6", "198.51.100.600", "clouds/spokes.csv:3: spokes.spoke2.nbma"),
        (",dhcp", ",dhcp,x", "clouds/spokes.csv:4: more cells than the 7 columns"),
    ],
)
def test_a_wrong_table_is_explained(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    (tmp_path / "clouds").mkdir()
    (tmp_path / "clouds" / "spokes.csv").write_text(CSV.replace(right, wrong, 1))
    with pytest.raises(InputError) as caught:
        _load(tmp_path, GOOD + "spokes_from: {csv: spokes.csv}\n")
    assert message in str(caught.value)
