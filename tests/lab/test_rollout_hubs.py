"""Rollouts where it hurts: both hubs of every spoke, the tunnel that carries our own session, the
key of a cloud whose underlay is in a front-door VRF. One lab with two hubs for all of them.

spoke1 is managed by its LAN address, through a jump host behind the first hub.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.lab import cells
from tests.lab.sites import NO_ESP, Free, Site, filtered_overlay
from tests.lab.test_cells import EBGP, PSK

_HUBS = {"hub1": "10.255.0.1", "hub2": "10.255.0.2"}
_LAN = "10.1.0.1"
_RENAMED = "kind: ikev2-psk", "kind: ikev2-psk, name: RENAMED"
"""A change of one router that takes its tunnel down and leaves the other end as it is."""
_MINUTE = 15
"""Seconds that a minute of the routers' timers lasts."""
_STEP = 0.1
"""Seconds between two probes of a hub."""
_UPTIME = re.compile(r"Uptime: (\d\d):(\d\d):(\d\d)")
_ANSWER = re.compile(
    r"^\[(\d+\.\d+)\] \d+ bytes from \S+ icmp_seq=(\d+) .*time=([\d.]+) ms", re.MULTILINE
)


@dataclass
class Probes:
    """The pings from each spoke to each hub that were answered: when they were sent, which."""

    answers: dict[tuple[str, str], list[tuple[float, int]]] = field(default_factory=dict)

    def outages(self, spoke: str, hub: str) -> list[tuple[float, float]]:
        """When packets were lost: from the last before that was answered to the first after."""
        answers = self.answers[spoke, hub]
        assert answers, "nothing answered at all"
        return [(a, b) for (a, first), (b, next_) in pairwise(answers) if next_ > first + 1]


@contextmanager
def probing(site: Site, folder: Path, *spokes: str) -> Iterator[Probes]:
    """Ping both hubs through the overlay from each spoke; the answers are there at the end."""
    found = Probes()
    running = []
    for spoke in spokes:
        for hub, address in _HUBS.items():
            place = folder / f"{spoke}-{hub}.txt"
            command = ["ping", "-n", "-D", "-i", str(_STEP), address]
            with place.open("w") as file:
                process = subprocess.Popen(
                    [sys.executable, "-m", "dmvpn_auto", "lab", "exec", spoke, "--", *command],
                    stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    env=site.lab.environment,
                )  # fmt: skip
            running.append((spoke, hub, place, process))
    try:
        yield found
    finally:
        for *_, process in running:
            process.send_signal(signal.SIGINT)
        for spoke, hub, place, process in running:
            process.wait(30)
            answers = _ANSWER.findall(place.read_text())
            found.answers[spoke, hub] = [
                (float(heard) - float(took) / 1000, int(number)) for heard, number, took in answers
            ]


def apart(probes: Probes, spoke: str) -> bool:
    """Whether the spoke had one of its hubs at every moment."""
    return not any(
        first[0] < second[1] and second[0] < first[1]
        for first in probes.outages(spoke, "hub1")
        for second in probes.outages(spoke, "hub2")
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("hubs")
    topology = cells.write_topology(
        root / "lab", cells.ROUTERS, front_vrf=True, jump="hub1", minute=_MINUTE
    )
    cells.write_cloud(root / "inventory", cells.ROUTERS, PSK, EBGP, front_vrf=True)
    with cells.running(root, topology) as lab:
        deployed = lab.cloud("deploy", "--yes")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        yield Site(lab, lab.inventory / "secrets" / "psk")


@pytest.fixture(scope="module")
def in_band(site: Site) -> Site:
    """The same, but spoke1 is managed through its tunnel from now on."""
    _manage_in_band(site)
    return site


def _manage_in_band(site: Site) -> None:
    """Reach spoke1 by its LAN address, through the jump host, as OpenSSH is told to."""
    inventory = site.lab.inventory
    folder = site.lab.folder(cells.NAME)
    known = inventory / "known_hosts"
    key = next(line for line in known.read_text().splitlines() if "ssh-ed25519" in line)
    with known.open("a") as file:
        file.write(f"{_LAN} {key.partition(' ')[2]}\n")
    port = yaml.safe_load((folder / "lab.json").read_text())["jumps"]["hub1-lan"]
    (inventory / "ssh_config").write_text(
        f"Host bastion\n  HostName 127.0.0.1\n  Port {port}\n  User admin\n  BatchMode yes\n"
        f"  IdentityFile {folder / 'id_lab'}\n  UserKnownHostsFile {known}\n"
        f"Host {_LAN}\n  ProxyJump bastion\n"
    )
    hosts = yaml.safe_load((inventory / "hosts.yaml").read_text())
    extras = {"ssh_config_file": "ssh_config"}
    hosts["spoke1"] |= {"hostname": _LAN, "port": 22}
    hosts["spoke1"]["connection_options"] = {"netmiko": {"extras": extras}}
    (inventory / "hosts.yaml").write_text(yaml.safe_dump(hosts))


@pytest.fixture
def ground(site: Site) -> Iterator[Site]:
    """The site as it was deployed, before and after."""
    site.forget()
    yield site
    site.restore()


@pytest.fixture
def inside(in_band: Site) -> Iterator[Site]:
    """As `ground`, with spoke1 managed through its tunnel."""
    in_band.forget()
    yield in_band
    in_band.restore()


# --- two hubs, reached out of band ----------------------------------------------------------------


def test_the_first_hub_fails_and_goes_back_and_the_second_is_never_touched(ground: Site) -> None:
    before = {hub: ground.running(hub) for hub in _HUBS}
    ground.write(*_RENAMED, free=("hub1", NO_ESP))
    status, said = ground.deploy("--limit", "hubs")
    assert status == 5, said
    assert "rolled back: hub1" in said
    assert "untouched: hub2" in said
    assert {hub: ground.running(hub) for hub in _HUBS} == before
    assert ground.logged("hub1", "START_ABSTIMER") == 1
    assert ground.logged("hub2", "START_ABSTIMER") == 0
    ground.restore()
    ground.works("spoke1")


def test_both_hubs_of_every_spoke_are_changed_one_after_the_other(
    ground: Site, tmp_path: Path
) -> None:
    """There and back: each takes its tunnel down, and no spoke is without a hub at any moment."""
    ground.write(*_RENAMED)
    with probing(ground, tmp_path, "spoke1", "spoke2") as probes:
        status, said = ground.deploy("--limit", "hubs")
        assert status == 0, said
        assert_in_turn(ground, "hub1", "hub2")
        assert all("profile RENAMED-IPSEC" in ground.running(hub) for hub in _HUBS)
        ground.restore()
        back = ground.lab.cloud("rollback", "--yes", str(ground.last_run()))
        assert back.returncode == 0, back.stdout + back.stderr
        assert_in_turn(ground, "hub2", "hub1")
    lost = {key: probes.outages(*key) for key in probes.answers}
    for spoke in ("spoke1", "spoke2"):
        assert apart(probes, spoke), lost
    for hub in _HUBS:
        assert any(lost[spoke, hub] for spoke in ("spoke1", "spoke2")), "it never went down"
    ground.works("spoke2")


def assert_in_turn(site: Site, first: str, second: str) -> None:
    """The second hub is not so much as looked at before the first is verified and saved."""
    steps = site.steps()
    verified, saved = (steps.index((first, step, "done")) for step in ("verify", "save"))
    begins = min(number for number, (device, *_) in enumerate(steps) if device == second)
    assert verified < saved < begins, steps


def test_a_hub_is_lost_and_the_other_carries_all(site: Site) -> None:
    status, answer = site.lab.verify("--timeout", "60")
    assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]
    summary = site.ask("hub2", "show ip bgp summary")
    assert len(re.findall(r"^\*10\.255\.0\.1[12] +4 +65100 ", summary, re.MULTILINE)) == 2

    broken = site.lab.run("lab", "fault", "hub1", "wan-down")
    assert broken.returncode == 0, broken.stderr
    cells.until(
        lambda: site.ask("spoke1", "show ip bgp summary"),
        lambda said: re.search(r"^10\.255\.0\.1 .* (Active|Idle|Connect)", said, re.MULTILINE),
    )
    said = site.ask("spoke1", "show ip route 10.2.0.0")
    assert "10.255.0.2" in said or "10.255.0.12" in said, said
    assert "100 percent" in site.ask("spoke1", "ping 10.2.0.1 source 10.1.0.1 repeat 10")
    assert "100 percent" in site.ask("spoke1", "ping 10.0.1.1 source 10.1.0.1 repeat 10")

    healed = site.lab.run("lab", "heal")
    assert healed.returncode == 0, healed.stderr
    status, answer = site.lab.verify("--timeout", "60")
    assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]


# --- over the tunnel itself -----------------------------------------------------------------------


def test_a_tunnel_that_carries_our_session_is_changed_and_confirmed_through_itself(
    inside: Site,
) -> None:
    inside.write(*_RENAMED)
    refused, said = inside.deploy("--limit", "spoke1", "--revert", "none")
    assert refused == 4, said
    assert "carries our own session" in said
    assert "RENAMED" not in inside.running("spoke1")
    status, said = inside.deploy("--limit", "spoke1")
    assert status == 0, said
    assert "profile RENAMED-IPSEC" in inside.running("spoke1")
    assert inside.logged("spoke1", "CONFIRM") == 1
    inside.restore()
    status, said = inside.deploy("--limit", "spoke1")
    assert status == 0, said


_NO_SSH = filtered_overlay(
    "permit tcp any any eq bgp", "permit tcp any eq bgp any", "permit icmp any any"
)
_Wrong = tuple[str, str, Free | None]
_WRONG: dict[str, _Wrong] = {
    "tunnel key": ("key: 100", "key: 101", None),
    "next-hop servers": ("nbma: 203.0.113", "nbma: 203.0.114", None),
    "filter": ("bandwidth: 100000", "bandwidth: 70000", _NO_SSH),
}


@pytest.mark.parametrize("wrong", _WRONG)
def test_a_change_that_cuts_our_session_is_taken_back_by_the_router(
    inside: Site, wrong: str
) -> None:
    before = inside.running("spoke1")
    old, new, lines = _WRONG[wrong]
    inside.write(old, new, free=("spoke1", lines) if lines else None)
    began = time.monotonic()
    status, said = inside.deploy("--limit", "spoke1", "--minutes", "1")
    assert status == 5, said
    assert time.monotonic() - began > _MINUTE
    assert "the router took the change back by itself" in said
    assert inside.running("spoke1") == before
    assert inside.logged("spoke1", "START_ABSTIMER") == 1
    inside.restore()
    inside.works("spoke1")


# --- the key of a cloud with a front-door VRF -----------------------------------------------------


def test_a_typo_in_the_key_costs_one_hub_at_most(inside: Site, tmp_path: Path) -> None:
    before = inside.running("spoke1")
    inside.key.write_text("a-typo-in-the-key\n")
    with probing(inside, tmp_path, "spoke1") as probes:
        status, said = inside.deploy("--limit", "spoke1", "--minutes", "1")
    assert status == 5, said
    assert "a-typo-in-the-key" not in said
    assert inside.running("spoke1") == before
    assert probes.outages("spoke1", "hub1")
    assert not probes.outages("spoke1", "hub2")
    inside.restore()
    inside.works("spoke1")


def test_a_new_key_reaches_every_router_and_no_spoke_is_without_a_hub(
    inside: Site, tmp_path: Path
) -> None:
    inside.key.write_text("Canary-Psk-32\n")
    began = time.monotonic()
    with probing(inside, tmp_path, "spoke1", "spoke2") as probes:
        status, said = inside.deploy()
    assert status == 0, said
    for spoke in ("spoke1", "spoke2"):
        assert apart(probes, spoke), probes
    for router in cells.ROUTERS:
        shown = inside.ask(router, "show running-config | section keyring")
        assert "Canary-Psk-32" in shown
    for spoke in ("spoke1", "spoke2"):
        shown = inside.ask(spoke, "show crypto session detail")
        ages = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in _UPTIME.findall(shown)]
        assert len(ages) == 2, shown
        assert max(ages) <= time.monotonic() - began, "negotiated before the new key"
    inside.secret = inside.key.read_text()
    inside.works("spoke2")


def test_no_secret_was_printed(site: Site) -> None:
    secrets = [*cells.SECRETS.values(), "Canary-Psk-32", "a-typo-in-the-key"]
    assert not [s for s in secrets if s in "".join(site.lab.printed)]
