"""Every secret of three clouds and of their routers is a canary, and every verb is run on them.

None of them may stand in what a verb prints, in a file that it writes or in the journal. The
routers are the lab's, without a dataplane: configured, read, verified, taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dmvpn_auto.cli.app import app
from dmvpn_auto.errors import DmvpnError
from tests.doubles.fleet import fleet

INTENT = {  # file under secrets/ -> what it holds
    "psk": "Canary-Psk-0", "nhrp": "CanaryN0", "bgp": "Canary-Bgp-0", "ospf": "CanaryOspf0",
    "eigrp": "CanaryEigrp0",
}  # fmt: skip
ON_ROUTERS = {  # line of a running configuration that holds it -> the secret
    "enable secret 9 {}": "$9$CanaryEnable0",
    "username operator privilege 15 password 0 {}": "CanaryLogin0",
    "username auditor secret 5 {}": "$1$CanaryAudit0",
    "snmp-server community {} RO": "CanarySnmp0",
    "snmp-server host 192.0.2.9 version 2c {}": "CanaryTrap0",
    "ip ftp password {}": "CanaryFtp0",
    "crypto isakmp key {} address 192.0.2.77": "CanaryIsakmp0",
}
IN_LOGS = ON_ROUTERS | {  # the lab's routers know no such line
    "tacacs-server key 7 {}": "CanaryTacacs0",
    "radius-server key {}": "CanaryRadius0",
    "ntp authentication-key 1 md5 {} 7": "CanaryNtp0",
    "ip ospf message-digest-key 1 md5 {}": "CanaryDigest0",
    "neighbor 10.255.0.1 password {}": "CanaryPeer0",
    "ip nhrp authentication {}": "CanaryNh",
    "key-string {}": "CanaryChain0",
    "pre-shared-key {}": "CanaryKeyring0",
}
CANARIES = (*INTENT.values(), *IN_LOGS.values())
COMMON = """
phase: 3
tunnel: {{interface: Tunnel{n}, subnet: 10.255.{n}.0/24, key: {n}}}
nhrp: {{network_id: {n}, authentication: file:secrets/nhrp}}
transport: {{source: GigabitEthernet1}}
crypto: {{kind: {crypto}, pre_shared_key: file:secrets/psk}}
overlay: {overlay}
waive: {{psk-wildcard: a test, ikev1: a test, no-fvrf: a test}}
hubs:
  {hub}: {{nbma: 203.0.113.{n}, tunnel_address: 10.255.{n}.1, lan: [10.{n}.0.1/24]}}
spokes:
  {spoke}: {{nbma: 198.51.100.{n}, tunnel_address: 10.255.{n}.11, lan: [10.{n}.1.1/24]}}
"""
CLOUDS = {
    "a": ("ikev2-psk", "{kind: ebgp, hub_asn: 650, spoke_asn: 651, password: file:secrets/bgp}"),
    "b": ("ikev1-psk", "{kind: ospf, process: 10, authentication: file:secrets/ospf}"),
    "c": ("ikev2-psk", "{kind: eigrp, asn: 100, authentication: file:secrets/eigrp}"),
}  # fmt: skip
STARTUP = """\
hostname {name}
username admin privilege 15 password 0 admin
archive
 path flash:archive
 log config
  logging enable
{secrets}
interface GigabitEthernet1
 ip address {nbma} 255.255.255.0
interface GigabitEthernet2
 ip address {lan} 255.255.255.0
end
"""


class Run:
    """The verbs, and all that they printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inventory = folder / "inventory"
        self.printed: list[tuple[str, str]] = []
        self.codes: dict[str, int] = {}

    def __call__(self, *words: str, code: int | None = None) -> str:
        verb = " ".join(words)
        done = CliRunner().invoke(app, [*words])
        said = done.output
        if isinstance(done.exception, DmvpnError):
            said += str(done.exception) + repr(done.exception)
        elif done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        self.printed.append((verb, said))
        if code is not None:
            assert done.exit_code == code, (verb, said)
        return done.stdout

    def cloud(self, verb: str, *words: str, code: int | None = None) -> str:
        return self(verb, "--inventory", str(self.inventory), *words, code=code)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    made = Run(tmp_path)
    secrets = made.inventory / "secrets"
    secrets.mkdir(parents=True, mode=0o700)
    for name, value in INTENT.items():
        (secrets / name).touch(mode=0o600)
        (secrets / name).write_text(value + "\n")
    (made.inventory / "clouds").mkdir()
    configs = {}
    lines = "\n".join(line.format(secret) for line, secret in ON_ROUTERS.items())
    for n, (cloud, (crypto, overlay)) in enumerate(CLOUDS.items(), 1):
        hub, spoke = f"hub-{cloud}", f"spoke-{cloud}"
        text = COMMON.format(n=n, crypto=crypto, overlay=overlay, hub=hub, spoke=spoke)
        (made.inventory / "clouds" / f"{cloud}.yaml").write_text(text)
        for name, nbma, lan in (
            (hub, f"203.0.113.{n}", f"10.{n}.0.1"), (spoke, f"198.51.100.{n}", f"10.{n}.1.1"),
        ):  # fmt: skip
            configs[name] = STARTUP.format(name=name, secrets=lines, nbma=nbma, lan=lan)
    monkeypatch.chdir(tmp_path)
    with fleet(made.inventory, configs):
        yield made


def test_no_verb_lets_a_secret_out(run: Run) -> None:
    out = run.folder / "out"
    run.cloud("validate", "--format", "json")
    run.cloud("render", "--output", str(out / "build"))
    for form in ("markdown", "html", "svg"):
        run("report", "design", "-i", str(run.inventory), "-c", "a", "-f", form)
    for cloud, forms in zip(
        CLOUDS, ({"text", "html"}, {"json", "junit"}, {"markdown"}), strict=True
    ):
        one = ("--cloud", cloud)
        for form in {"text", "json", "markdown"} & forms:
            run.cloud("plan", *one, "-f", form, "-o", str(out / f"{cloud}.plan"))
            run.cloud("drift", *one, "-f", form, code=1)
        run.cloud("deploy", *one, "--dry-run", "--no-verify")
        run.cloud("deploy", *one, "--yes", "--no-verify", "-f", "json", code=0)
        run.cloud("drift", *one, code=0)
        saved = out / f"{cloud}.evidence"
        run.cloud("verify", *one, "--timeout", "0", "--save", str(saved), code=1)
        for form in {*forms, "json"}:
            page = str(out / f"{cloud}.{form}")
            run.cloud("verify", *one, "--evidence", str(saved), "-f", form, "-o", page, code=1)
        for form in {"text", "json"} & forms:
            run.cloud("diagnose", *one, "-f", form)
            run.cloud("explain", *one, f"spoke-{cloud}", "-f", form)
        run.cloud("diagnose", *one, "--save", str(out / f"{cloud}.diagnosis"))
        run.cloud("verify", *one, "--compare", str(saved), str(out / f"{cloud}.json"))
    for cloud, number in (("c", "3"), ("b", "2"), ("a", "1")):
        run.cloud("show", number, "--commands")
        run.cloud("show", number, "--commands", "-f", "json")
        run.cloud("rollback", number, "--dry-run")
        run.cloud("rollback", number, "--yes", code=0)
        run.cloud("plan", "--cloud", cloud)
    run.cloud("runs", "-f", "json")
    assert len(run.printed) > 40
    for verb, said in run.printed:
        assert not [c for c in CANARIES if c in said], verb
    looked_at = 0
    for path in run.folder.rglob("*"):
        own = {"secrets", "inventory.startup"} & set(path.parts)
        if path.is_file() and not own:
            looked_at += 1
            assert not [c for c in CANARIES if c.encode() in path.read_bytes()], path
    assert looked_at > 100


def test_a_session_log_is_read_without_its_secrets(run: Run) -> None:
    """What is no output of the command is quoted as unread, whatever it is."""
    lines = "\n".join(line.format(secret) for line, secret in IN_LOGS.items())
    typed = "\n".join(
        f"*Jun  2 10:00:00.000: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:{line}"
        for line in lines.splitlines()
    )
    log = run.folder / "session.log"
    log.write_text(f"hub-a#show dmvpn\n{lines}\nhub-a#show logging\n{typed}\nhub-a#conf t\n"
                   f"hub-a(config)#{lines.splitlines()[0]}\nhub-a(config)#end\n"
                   f"hub-a#show running-config\n{lines}\nend\nhub-a#\n")  # fmt: skip
    for form in ("table", "json"):
        run("parse", "show dmvpn", str(log), "-f", form)
        run("parse", "show logging", str(log), "-f", form)
        run("parse", "--detect", str(log), "-f", form)
    logs = run.folder / "logs"
    logs.mkdir()
    log.rename(logs / "session.log")
    for verb in ("verify", "diagnose"):
        run.cloud(verb, "--cloud", "a", "--evidence", str(logs))
        run.cloud(verb, "--cloud", "a", "--evidence", str(logs), "-f", "json")
    for verb, said in run.printed:
        assert not [c for c in CANARIES if c in said], (verb, said)
