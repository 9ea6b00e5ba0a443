"""Secrets that a router stores as type 6: left with a note, or typed anew with --retype-secrets;
by a plan, a plan file, a rollout, a resumed one, and taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dmvpn_auto import rollout
from dmvpn_auto.ios import diff, parse, prove
from dmvpn_auto.ios.diff import unreadable
from dmvpn_auto.ios.masking import mask
from dmvpn_auto.rollout import State
from dmvpn_auto.rollout.retreat import fill
from tests.doubles.rollouts import SECRETS, TIMER, Cloud, cloud_of_nodes
from tests.doubles.type6 import Vault, stored_as_type_6
from tests.unit.test_cli_rollout import run
from tests.unit.test_recovery import SAVED_AT, Killed, killed_at

NEW = "canary-rotated"


@dataclass(frozen=True)
class Case:
    """One line with a secret in its section: as the router stores it, as the intent has it."""

    name: str
    section: tuple[str, ...]
    stored: str
    wanted: str
    away: str = ""  # what goes before, where IOS takes no second one

    def config(self, line: str) -> str:
        lines = [*self.section, line]
        return "".join(" " * depth + text + "\n" for depth, text in enumerate(lines))


RING = ("crypto ikev2 keyring KR", "peer ANY")
TUNNEL = ("interface Tunnel0",)
CASES = (
    Case("IKEv2", RING, "pre-shared-key 6 ABCD", "pre-shared-key new"),
    Case("IKEv2 local", RING, "pre-shared-key local 6 ABCD", "pre-shared-key local new"),
    Case("IKEv2 remote", RING, "pre-shared-key remote 6 ABCD", "pre-shared-key remote new"),
    Case(
        "IKEv1",
        (),
        "crypto isakmp key 6 ABCD address 0.0.0.0",
        "crypto isakmp key new address 0.0.0.0",
        "no crypto isakmp key 6 ABCD address 0.0.0.0",
    ),
    Case(
        "IKEv1 keyring",
        ("crypto keyring KR vrf WAN",),
        "pre-shared-key address 0.0.0.0 0.0.0.0 key 6 ABCD",
        "pre-shared-key address 0.0.0.0 0.0.0.0 key new",
        "no pre-shared-key address 0.0.0.0 0.0.0.0 key 6 ABCD",
    ),
    Case("key chain", ("key chain KC", "key 1"), "key-string 6 ABCD", "key-string new"),
    Case(
        "BGP",
        ("router bgp 65000",),
        "neighbor 10.255.0.1 password 6 ABCD",
        "neighbor 10.255.0.1 password new",
    ),
    Case(
        "OSPF",
        TUNNEL,
        "ip ospf message-digest-key 1 md5 6 ABCD",
        "ip ospf message-digest-key 1 md5 new",
        "no ip ospf message-digest-key 1 md5 6 ABCD",
    ),
    Case("NHRP", TUNNEL, "ip nhrp authentication 6 ABCD", "ip nhrp authentication new"),
    Case(
        "named EIGRP",
        (
            "router eigrp NAME",
            "address-family ipv4 unicast autonomous-system 1",
            "af-interface Tunnel0",
        ),
        "authentication mode hmac-sha-256 6 ABCD",
        "authentication mode hmac-sha-256 new",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stored_secret_is_left_or_typed_anew(case: Case) -> None:
    known = "neighbor 10.255.0.1 remote-as 65000"
    more = f" {known}\n" if case.name == "BGP" else ""
    before, wanted = (parse(case.config(line) + more) for line in (case.stored, case.wanted))
    left = diff(before, wanted)
    assert (left.forward, len(left.unknown)) == ((), 1)

    stale = unreadable(before)
    assert stale == {case.stored}
    change = diff(before, wanted, stale=stale)
    typed = [line.strip() for line in change.forward]
    assert case.wanted in typed
    assert not case.away or typed.index(case.away) < typed.index(case.wanted)
    assert case.stored in [line.strip() for line in change.backward], "verbatim"
    assert change.unknown == ()
    assert not prove(before, wanted, change, stale=stale)
    assert "still differ" in prove(before, wanted, left, stale=stale)

    clear = parse(case.config(case.stored.replace("6 ABCD", "old")) + more)
    as_changed = [line.replace("old", "6 ABCD") for line in diff(clear, wanted).forward]
    assert as_changed == list(change.forward), "the lines and the order of a changed secret"

    anew = parse(case.config(case.stored.replace("ABCD", "EFGH")) + more)
    assert not diff(anew, wanted, stale=stale), "stored otherwise than before: it was typed"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with cloud_of_nodes(tmp_path) as made:
        (tmp_path / "rollout.yaml").write_text("verify: false\n")
        yield made


@pytest.fixture
def vault(cloud: Cloud) -> Iterator[Vault]:
    """The hub stores its key in clear, the spokes theirs as type 6; the intent has another now."""
    with stored_as_type_6(*(cloud.nodes[f"spoke{n}"] for n in (1, 2, 3))) as made:
        cloud.deploy()
        (cloud.folder / "secrets" / "pre_shared_key").write_text(NEW + "\n")
        yield made


def test_a_rotated_key_reaches_the_routers_that_store_type_6(cloud: Cloud, vault: Vault) -> None:
    spoke, old = cloud.nodes["spoke1"], SECRETS["pre_shared_key"]
    stored = vault.stored(spoke)
    status, out, _ = run(cloud, "plan")
    assert status == 0
    assert "pre-shared-key 6 <secret>: cannot be compared, left as it is" in out
    assert "--retype-secrets types it anew" in out
    assert run(cloud, "deploy", "--yes")[0] == 0
    assert (vault.key(spoke), vault.stored(spoke)) == (old, stored), "without the option: left"

    status, out, _ = run(cloud, "plan", "--retype-secrets")
    assert (status, "new negotiations" in out, "left as it is" in out) == (0, True, False)
    status, out, err = run(cloud, "deploy", "--yes", "--retype-secrets")
    assert status == 0, out + err
    assert {vault.key(cloud.nodes[f"spoke{n}"]) for n in (1, 2, 3)} == {NEW}
    anew = vault.stored(spoke)
    assert anew in spoke.startup
    assert run(cloud, "drift")[0] == 0
    assert run(cloud, "deploy", "--yes", "--retype-secrets")[0] == 0
    assert vault.stored(spoke) != anew, "asked again, typed again"
    assert run(cloud, "rollback", "4", "--yes", "--limit", "spoke1")[0] == 0
    assert vault.stored(spoke) == anew
    assert run(cloud, "rollback", "3", "--yes", "--limit", "spoke1")[0] == 0
    assert (vault.stored(spoke), vault.key(spoke)) == (stored, old), "typed back as it was shown"


def test_a_plan_file_carries_the_choice(cloud: Cloud, vault: Vault) -> None:
    plain, anew = (str(cloud.folder / name) for name in ("plain.json", "anew.json"))
    assert run(cloud, "plan", "--out", plain)[0] == 0
    assert run(cloud, "plan", "--out", anew, "--retype-secrets")[0] == 0
    assert "retype" not in json.loads(Path(plain).read_text())["content"], "as it always was"
    assert json.loads(Path(anew).read_text())["content"]["retype"] is True
    status, _, err = run(cloud, "deploy", plain, "--yes", "--retype-secrets")
    assert (status, "was made without --retype-secrets" in err) == (2, True)
    status, out, err = run(cloud, "deploy", anew, "--yes")
    assert status == 0, out + err
    assert vault.key(cloud.nodes["spoke3"]) == NEW
    forged = Path(anew).read_text().replace('"retype": true', '"retype": false')
    Path(anew).write_text(forged)
    assert run(cloud, "deploy", anew, "--yes")[0] == 2, "the hash covers it"


@pytest.mark.parametrize("entry", range(2, 15))
def test_killed_at_each_entry_it_is_typed_once(cloud: Cloud, vault: Vault, entry: int) -> None:
    node = cloud.nodes["spoke1"]
    old, before = vault.stored(node), node.typed.count(f"pre-shared-key {NEW}")
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy("spoke1", retype=True)
    held, undone = vault.stored(node), node.typed.count("configure revert now")
    outcomes = cloud.resume()
    assert {outcome.state for outcome in outcomes.values()} <= {State.SAVED}
    assert vault.key(node) == NEW
    assert vault.stored(node) in node.startup
    assert not node.router.revert.pending
    assert held in (old, vault.stored(node)), "what was typed is not typed again"
    assert node.typed.count(f"pre-shared-key {NEW}") == before + 1
    assert node.typed.count("configure revert now") == undone
    assert node.typed.count(TIMER) == 2
    assert cloud.journal.run(None).retype
    assert {o.state for o in cloud.deploy("spoke1").values()} == {State.UNCHANGED}


def test_a_key_that_was_not_taken_is_noticed(
    cloud: Cloud, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The router shows the old ciphertext still: the change is not there, whatever it said."""
    node = cloud.nodes["spoke1"]
    cipher = vault.stored(node)
    monkeypatch.setattr(Vault, "take", lambda _self, _shell, line: line.replace(NEW, f"6 {cipher}"))
    outcome = cloud.deploy("spoke1", retype=True)["spoke1"]
    assert outcome.state is State.ROLLED_BACK
    assert "pre-shared-key 6 <secret>" in str(outcome.error)


def test_without_its_archive_what_was_pushed_is_not_typed_again(cloud: Cloud, vault: Vault) -> None:
    node = cloud.nodes["spoke1"]
    with killed_at(SAVED_AT), pytest.raises(Killed):
        cloud.deploy("spoke1", retype=True)
    node.router.archive.files.clear()
    held = vault.stored(node)
    assert held in node.startup
    outcomes = cloud.resume()
    assert outcomes["spoke1"].state is State.SAVED, outcomes
    assert (vault.stored(node), vault.key(node)) == (held, NEW)


@pytest.mark.parametrize("entry", [3, 8])
def test_the_verbs_go_on_or_back_as_it_was_begun(cloud: Cloud, vault: Vault, entry: int) -> None:
    node = cloud.nodes["spoke1"]
    old = vault.stored(node)
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy("spoke1", retype=True)
    status, out, err = run(cloud, "resume")
    assert status == 0, out + err
    assert (vault.key(node), "1 saved" in run(cloud, "runs")[1]) == (NEW, True)
    status, out, err = run(cloud, "rollback", "2", "--yes")
    assert status == 0, out + err
    assert vault.stored(node) == old
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy("spoke1", retype=True)
    run(cloud, "rollback", "4", "--yes")
    assert vault.stored(node) == old
    assert not node.router.revert.pending


def test_what_a_router_encrypted_can_be_taken_away() -> None:
    """IOS takes no second key for an address: the way back takes the new one away, as it stands."""
    before = parse("crypto isakmp key 6 ABCD address 0.0.0.0\n")
    running = parse("crypto isakmp key 6 EFGH address 0.0.0.0\n")
    change = diff(
        before, parse("crypto isakmp key new address 0.0.0.0\n"), stale=unreadable(before)
    )
    back = list(fill(map(mask, change.backward), before, running))
    assert back == [
        "no crypto isakmp key 6 EFGH address 0.0.0.0",
        "crypto isakmp key 6 ABCD address 0.0.0.0",
    ]


def test_a_run_of_an_older_version_has_not_retyped(tmp_path: Path) -> None:
    journal = rollout.open_journal(tmp_path)
    with journal.writing() as cursor:
        cursor.execute("ALTER TABLE run DROP COLUMN retype")
        cursor.execute("PRAGMA user_version=2")
        cursor.execute(
            "INSERT INTO run (verb, cloud, who, host, pid, started, state, hash, approval, policy)"
            " VALUES ('deploy', 'c', 'w', 'h', 1, 't', 'done', '', '', '{}')"
        )
    journal.close()
    assert rollout.open_journal(tmp_path).run(None).retype is False
