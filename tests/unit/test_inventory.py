"""The inventory folder: hosts with credentials by reference, selection, the ledger, files."""

from __future__ import annotations

import resource
import threading
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from dmvpn_auto.design import Ledger
from dmvpn_auto.design.types import Address
from dmvpn_auto.errors import InputError, IntentError, NothingCheckedError, SecretError, UsageError
from dmvpn_auto.inventory import (
    cloud_path,
    examine_all,
    ledger_path,
    load_hosts,
    open_design,
    read_ledger,
    select,
    write_atomically,
    write_configs,
    write_ledger,
)
from tests.unit.intents import PSK, design, folder

CANARY = "canary-7f3e"
A = IPv4Address


def _hosts(base: Path, hosts: str, groups: str = "", defaults: str = "") -> Path:
    for name, text in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
        if text:
            (base / f"{name}.yaml").write_text(text)
    return base


def test_a_host_inherits_from_its_groups_then_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DMVPN_PASSWORD", CANARY)
    base = _hosts(
        tmp_path,
        "a:\n  groups: [near, far]\n  data: {x: host}\nb: {hostname: 192.0.2.9, port: 2222}\nc:\n",
        "near: {platform: cisco_ios, data: {x: near, y: near}, groups: [deep]}\n"
        "far: {platform: cisco_xe, port: 23, data: {y: far, z: far}}\n"
        "deep: {port: 24}\n",
        "username: automation\npassword: env:DMVPN_PASSWORD\ndata: {w: all}\n"
        "connection_options:\n  netmiko:\n"
        "    extras: {conn_timeout: 5, secret: 'env:DMVPN_PASSWORD'}\n",
    )
    hosts = load_hosts(base)
    assert list(hosts) == ["a", "b", "c"]
    one = hosts["a"]
    assert (one.hostname, one.port, one.platform) == ("a", 24, "cisco_ios")
    assert one.groups == ("near", "deep", "far")
    assert one.data == {"x": "host", "y": "near", "z": "far", "w": "all"}
    assert one.username == "automation"
    assert one.password is not None
    assert one.password.reveal() == CANARY
    assert (hosts["b"].hostname, hosts["b"].port, hosts["c"].port) == ("192.0.2.9", 2222, 22)
    assert one.extras["conn_timeout"] == 5
    assert CANARY not in f"{hosts['a']!r} {hosts['b']}"
    assert hosts.secrets.redact(f"x {CANARY}") == "x ***"


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        (f"a: {{password: {CANARY}}}\n", "hosts.yaml:1: a.password: a reference to a secret"),
        ("a:\n  groups: [nix]\n", "hosts.yaml:2: host 'a': there is no group 'nix'"),
        ("a:\n  hostnam: x\n", "hosts.yaml:2: unknown key 'hostnam' in a; did you mean 'hostname'"),
        ("a:\n  port: 99999\n", "hosts.yaml:2: a.port: must be less than or equal to 65535"),
        ("[1\n", "not YAML"),
    ],
)
def test_wrong_hosts_are_explained(tmp_path: Path, hosts: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_hosts(_hosts(tmp_path, hosts))
    assert message in str(caught.value)
    assert CANARY not in str(caught.value)


def test_missing_hosts_and_passwords_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="no router can be reached"):
        load_hosts(tmp_path)
    monkeypatch.delenv("DMVPN_NONE", raising=False)
    with pytest.raises(SecretError, match="DMVPN_NONE is not set"):
        load_hosts(_hosts(tmp_path, "a: {password: 'env:DMVPN_NONE'}\n"))


GROUPED = {
    "groups": {"lte": {}},
    "spokes": {"spoke1": {"site": "berlin", "group": "lte"}, "spoke2": {"site": "kiel"}},
}


@pytest.mark.parametrize(
    ("limit", "names"),
    [
        (None, ("hub", "spoke1", "spoke2")),
        ("spoke2,hub", ("hub", "spoke2")),
        ("berlin", ("spoke1",)),
        ("lte, hub", ("hub", "spoke1")),
        ("spokes", ("spoke1", "spoke2")),
        ("spoke*", ("spoke1", "spoke2")),
        ("!hub", ("spoke1", "spoke2")),
        ("spokes,!kiel", ("spoke1",)),
        ("core", ("hub",)),
    ],
)
def test_a_limit_means_names_groups_sites_and_patterns(
    tmp_path: Path, limit: str | None, names: tuple[str, ...]
) -> None:
    hosts = load_hosts(_hosts(tmp_path, "hub: {groups: [core]}\n", "core: {}\n"))
    assert select(design(GROUPED), limit, hosts) == names


def test_an_unknown_word_in_a_limit_is_a_wrong_usage() -> None:
    with pytest.raises(UsageError, match="did you mean 'spoke1'"):
        select(design(), "spoek1")
    with pytest.raises(UsageError, match="routers: hub, spoke1, spoke2"):
        select(design(), "xyzzy")
    with pytest.raises(UsageError, match="is empty"):
        select(design(), " , ")
    for limit in ("branch*", "hub,!hubs"):
        with pytest.raises(NothingCheckedError):
            select(design(), limit)


def test_addresses_are_recorded_only_when_asked_and_never_move(tmp_path: Path) -> None:
    base = folder(tmp_path)
    path = cloud_path(base, None)
    first = open_design(base)
    assert not ledger_path(path).exists()
    assert open_design(base, record=True).routers == first.routers
    assert read_ledger(path).addresses["spoke1"] == A("10.255.0.2")
    folder(tmp_path, {"spokes": {"aaa": {"nbma": "100.64.0.1"}, "spoke1": None}})
    later = {r.name: r.tunnel.address.ip for r in open_design(base, record=True).routers}
    assert later["spoke2"] == A("10.255.0.3")
    assert later["aaa"] == A("10.255.0.4")
    assert read_ledger(path).addresses["spoke1"] == A("10.255.0.2")
    open_design(base, record=True, prune=True)
    assert "spoke1" not in read_ledger(path).addresses


def test_a_refused_cloud_records_nothing(tmp_path: Path) -> None:
    base = folder(tmp_path, {"phase": 2})
    with pytest.raises(IntentError, match=r"branches.yaml:\d+: Phase 2 .*\[phase2-summary\]"):
        open_design(base, record=True)
    assert not ledger_path(cloud_path(base, None)).exists()


def test_a_ledger_that_gives_an_address_twice_is_refused(tmp_path: Path) -> None:
    base = folder(tmp_path)
    path = cloud_path(base, None)
    ledger_path(path).write_text("a: 10.255.0.2\nb: 10.255.0.2\n")
    with pytest.raises(InputError, match="given to both 'a' and 'b'"):
        open_design(base)
    ledger_path(path).write_text("a: nonsense\n")
    with pytest.raises(InputError, match=r"addresses.yaml:1: a: 'nonsense' is not an IPv4"):
        open_design(base)


def test_a_ledger_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = cloud_path(folder(tmp_path), None)
    book = Ledger({"z": A("10.255.0.2"), "a": A("10.255.0.10")})
    write_ledger(path, book)
    assert read_ledger(path).addresses == book.addresses
    assert [line for line in ledger_path(path).read_text().splitlines() if line[0] != "#"] == [
        *("z: 10.255.0.2", "a: 10.255.0.10")
    ]


def test_two_who_record_at_once_give_each_address_once(tmp_path: Path) -> None:
    base = folder(tmp_path, {"spokes": {f"s{n}": {"nbma": f"100.64.0.{n + 1}"} for n in range(50)}})
    results: list[dict[str, Address]] = []

    def work() -> None:
        found = open_design(base, record=True)
        results.append({r.name: r.tunnel.address.ip for r in found.routers})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)


def test_clouds_that_share_a_router_are_examined_together(tmp_path: Path) -> None:
    folder(tmp_path, {}, "a")
    folder(tmp_path, {}, "b")
    one, two = examine_all(tmp_path)
    assert {f.rule for f in one.findings} == {"certificate-clock"}
    taken = next(f for f in two.findings if f.rule == "tunnel-interface-taken")
    assert taken.where.startswith("clouds/b.yaml:")


def test_a_cloud_that_disturbs_another_is_not_opened(tmp_path: Path) -> None:
    folder(tmp_path, {}, "a")
    folder(tmp_path, {}, "b")
    for name in ("a", "b"):
        with pytest.raises(IntentError, match=r"clouds/b.yaml:\d+: .*\[tunnel-interface-taken\]"):
            open_design(tmp_path, name)


def test_secrets_are_judged_where_they_can_be_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = folder(tmp_path, {"crypto": PSK})
    monkeypatch.setenv("PSK", CANARY)
    monkeypatch.setenv("NHRP", CANARY)
    with pytest.raises(IntentError) as caught:
        open_design(base)
    assert "nhrp-authentication-form" in str(caught.value)
    assert "nhrp-authentication-is-psk" in str(caught.value)
    assert CANARY not in str(caught.value)
    monkeypatch.delenv("NHRP")
    assert open_design(base)


def _names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert write_atomically(path, "one", mode=0o600)
    assert not write_atomically(path, "one", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat().st_ino
    assert write_atomically(path, "two", mode=0o600)
    assert path.stat().st_ino != before
    assert _names(tmp_path) == ["x"]
    with pytest.raises(UsageError, match="cannot be written"):
        write_atomically(tmp_path / "no" / "x", "one")


def test_a_disk_that_takes_a_part_only_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_atomically(path, "one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(UsageError, match="cannot be written: file too large"):
            write_atomically(path, "two" * 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "one"
    assert _names(tmp_path) == ["x"]


def test_configs_of_routers_that_left_go_but_not_foreign_files(tmp_path: Path) -> None:
    build = tmp_path / "build"
    done = write_configs(build, [("a", "x\n"), ("b", "y\n")], cloud="c")
    assert sorted(done.made_of) == ["a.cfg", "b.cfg"]
    (build / "mine.cfg").write_text("my own\n")
    look = write_configs(build, [("a", "z\n")], cloud="c", write=False)
    assert (sorted(look.made_of), look.up_to_date) == (["a.cfg", "b.cfg"], False)
    assert "-x\n+z\n" in look.diff()
    write_configs(build, [("a", "z\n")], cloud="c")
    assert _names(build) == ["a.cfg", "mine.cfg"]
    again = write_configs(build, [("a", "z\n")], cloud="c")
    assert (again.up_to_date, again.unchanged) == (True, 1)


def test_a_part_of_the_cloud_leaves_the_other_files_alone(tmp_path: Path) -> None:
    write_configs(tmp_path / "b", [("a", "x\n"), ("b", "y\n")], cloud="c")
    write_configs(tmp_path / "b", [("a", "z\n")], cloud="c", whole=False)
    assert _names(tmp_path / "b") == ["a.cfg", "b.cfg"]
