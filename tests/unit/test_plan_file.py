"""The file of a plan: what its hash covers, what it refuses, and that no secret is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dmvpn_auto.design.types import Role
from dmvpn_auto.errors import InputError, StalePlanError, UsageError
from dmvpn_auto.ios import diff, parse
from dmvpn_auto.rollout import Flap, Impact, Plan, plan_file
from dmvpn_auto.rollout.seal import Sealer, open_sealer

KEY = Sealer(b"k" * 32)
RUNNING = """\
version 15.9
hostname spoke1
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key canary-{psk}
interface Tunnel0
 ip address 10.255.0.2 255.255.255.0
 ip mtu 1400
ntp server 192.0.2.7
"""
WANTED = """\
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key canary-{psk}
interface Tunnel0
 ip address 10.255.0.2 255.255.255.0
 ip mtu {mtu}
"""


def made(running: str = "", wanted: str = "") -> Plan:
    before = parse(running or RUNNING.format(psk="one"))
    after = parse(wanted or WANTED.format(psk="two", mtu=1380))
    change = diff(before, after)
    flap = Impact((Flap("Tunnel0", 2, 60, "a reason"),))
    return Plan("spoke1", Role.SPOKE, after, change, ("a note",), before, "192.0.2.4", flap)


def saved(*plans: Plan) -> plan_file.PlanFile:
    return plan_file.save("branches", plans or (made(),), {"spoke1": ("hub1", "hub2")}, KEY)


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = saved()
    plan_file.write(file, tmp_path / "p.json")
    assert plan_file.read(tmp_path / "p.json") == file


def test_the_hash_is_of_the_content_alone() -> None:
    one, other = saved(), saved()
    assert one.hash == other.hash
    assert replace(one, made=other.made) == other
    assert saved(made(wanted=WANTED.format(psk="two", mtu=1390))).hash != one.hash
    assert plan_file.save("other", (made(),), {}, KEY).hash != one.hash


def test_no_secret_is_in_the_file() -> None:
    text = plan_file.as_text(saved())
    assert "canary" not in text
    assert "  pre-shared-key <secret>" in text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d["content"]["routers"][0].update(address="192.0.2.99"), "was changed after"),
        (lambda d: d["content"]["routers"][0]["forward"].append("reload"), "was changed after"),
        (lambda d: d["content"]["routers"][0]["impact"]["flaps"].clear(), "was changed after"),
        (lambda d: d["content"].update(extra=1), "no plan of this version"),
        (lambda d: d.update(format="dmvpn-auto plan 9"), "has the format"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(
    tmp_path: Path, change: object, complaint: str
) -> None:
    data = json.loads(plan_file.as_text(saved()))
    assert callable(change)
    change(data)
    (tmp_path / "p.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match=complaint) as caught:
        plan_file.read(tmp_path / "p.json")
    assert "dmvpn-auto plan" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json"])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match="is no plan"):
        plan_file.read(tmp_path / "p.json")


def test_an_unchanged_router_passes() -> None:
    plan_file.verify_unchanged(saved(), made(), KEY)


def test_what_is_not_ours_may_change() -> None:
    running = RUNNING.format(psk="one").replace("192.0.2.7", "192.0.2.8")
    plan_file.verify_unchanged(saved(), made(running + "ip domain name x\n"), KEY)


@pytest.mark.parametrize(
    ("fresh", "complaint"),
    [
        (lambda: made(RUNNING.format(psk="one").replace("1400", "1401")), "router was changed"),
        (lambda: made(wanted=WANTED.format(psk="two", mtu=1390)), "intent or the templates"),
        (lambda: made(RUNNING.format(psk="x")), "secret is another"),
        (lambda: made(wanted=WANTED.format(psk="x", mtu=1380)), "secret is another"),
        (lambda: made(wanted=WANTED.format(psk="one", mtu=1380)), "other commands"),
        (lambda: replace(made(), address="192.0.2.5"), "is now at 192.0.2.5"),
        (lambda: replace(made(), name="spoke9"), "does not hold this router"),
    ],
)
def test_what_moved_is_named(fresh: object, complaint: str) -> None:
    assert callable(fresh)
    with pytest.raises(StalePlanError, match=complaint) as caught:
        plan_file.verify_unchanged(saved(), fresh(), KEY)
    assert "canary" not in str(caught.value)


def test_a_secret_that_nobody_can_read_back_is_sealed() -> None:
    stored = RUNNING.replace("canary-{psk}", "6 ABCDEF")
    file = saved(made(stored))
    plan_file.verify_unchanged(file, made(stored), KEY)
    with pytest.raises(StalePlanError, match="secret is another"):
        plan_file.verify_unchanged(file, made(stored.replace("ABCDEF", "GHIJKL")), KEY)


def test_a_plan_that_types_no_secret_needs_no_key() -> None:
    plain = made(wanted=WANTED.format(psk="one", mtu=1380))
    file = saved(plain)
    assert file.content.seal_key == ""
    plan_file.verify_unchanged(file, plain, Sealer(b"o" * 32))


def test_a_seal_of_another_key_is_refused_with_what_to_do() -> None:
    with pytest.raises(StalePlanError, match="not here") as caught:
        plan_file.verify_unchanged(saved(), made(), Sealer(b"o" * 32))
    assert "DMVPN_AUTO_PLAN_KEY" in caught.value.hint


def test_the_key_is_made_once_and_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("DMVPN_AUTO_PLAN_KEY", raising=False)
    assert open_sealer() == open_sealer()
    key = tmp_path / "dmvpn-auto" / "plan.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(UsageError, match="read by others"):
        open_sealer()
    monkeypatch.setenv("DMVPN_AUTO_PLAN_KEY", str(tmp_path / "short"))
    (tmp_path / "short").write_text("abcd\n")
    with pytest.raises(UsageError, match="32 bytes"):
        open_sealer()
