"""`dmvpn-auto verify`: exit codes, where output goes, what is asked of a lab."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dmvpn_auto import device, inventory
from dmvpn_auto.cli.app import app
from dmvpn_auto.design.types import Waiver
from dmvpn_auto.errors import (
    DeviceError,
    DmvpnError,
    InputError,
    NothingCheckedError,
    UnreachableError,
    UsageError,
)
from dmvpn_auto.inventory import Host
from dmvpn_auto.lab import control
from tests.unit.cloud_model import ModelCloud, make_cloud


@dataclass
class FakeSession:
    name: str
    model: ModelCloud

    def show(self, command: str) -> str:
        if self.name in self.model.unreachable:
            raise UnreachableError(self.name, "no answer")
        answer = self.model.ask({self.name: [command]})[self.name][command]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def show_many(
        self, commands: Sequence[str], *, optional: Container[str] = ()
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for command in commands:
            try:
                found[command] = self.show(command)
            except UnreachableError:
                raise
            except DeviceError:
                if command not in optional:
                    raise
        return found


@dataclass
class FakeFleet:
    model: ModelCloud

    def run(self, work: Callable[[FakeSession], Any], hosts: Sequence[str]) -> Mapping[str, object]:
        results: dict[str, object] = {}
        for name in hosts:
            try:
                results[name] = work(FakeSession(name, self.model))
            except DeviceError as error:
                results[name] = error
        return results


def host(name: str, **data: object) -> Host:
    return Host(
        name=name, hostname="127.0.0.1", port=22, platform="cisco_xe", username="admin",
        password=None, groups=(), data=data, extras={},
    )  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def invoke(model: ModelCloud, *words: str, **data: object) -> Result:
        names = tuple(router.name for router in model.design.routers)

        @contextmanager
        def open_fleet(folder: Path, hosts: Sequence[str]) -> Iterator[FakeFleet]:
            assert tuple(hosts) == names
            yield FakeFleet(model)

        monkeypatch.setattr(device, "open_fleet", open_fleet)
        monkeypatch.setattr(inventory, "open_design", lambda *_: model.design)
        monkeypatch.setattr(
            inventory, "load_hosts", lambda *_, **__: {n: host(n, **data) for n in names}
        )
        monkeypatch.setattr(inventory, "select", lambda *_: names)
        return CliRunner().invoke(app, ["verify", "--timeout", "0", *words])

    return invoke


def broken() -> ModelCloud:
    return ModelCloud(make_cloud(), state={"spoke2": "IKE"})


def test_a_healthy_cloud_is_0_and_a_summary(run: Callable[..., Result]) -> None:
    done = run(ModelCloud(make_cloud()))
    assert done.exit_code == 0, done.output
    assert "PASS: " in done.stdout
    assert "registration" in done.stdout


def test_a_fault_is_1_and_shows_expected_actual_and_the_raw_line(
    run: Callable[..., Result],
) -> None:
    done = run(broken())
    assert done.exit_code == 1
    assert "FAIL peer-state spoke2 -> hub" in done.stdout
    assert "expected  UP at NBMA 203.0.113.2" in done.stdout
    assert "actual    IKE at NBMA 203.0.113.2" in done.stdout
    assert "|      1 203.0.113.2" in done.stdout


def test_json_stands_alone_on_standard_output(run: Callable[..., Result]) -> None:
    done = run(broken(), "--format", "json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["verdict"] == "fail"
    assert "hold" in done.stderr


def test_the_result_goes_to_a_file(run: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "new" / "verify.json"
    done = run(ModelCloud(make_cloud()), "--format", "json", "--output", str(out))
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(out.read_text())["verdict"] == "pass"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("out.xml", "<?xml"),
        ("out.md", "# Cloud branches: pass"),
        ("out.html", "<!doctype html>"),
        ("out.json", "{"),
        ("out.txt", "cloud branches"),
    ],
)
def test_the_ending_of_the_file_chooses_the_format(
    run: Callable[..., Result], tmp_path: Path, name: str, start: str
) -> None:
    done = run(ModelCloud(make_cloud()), "--output", str(tmp_path / name))
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / name).read_text().startswith(start)


def test_an_ending_that_stands_for_no_format_is_2_before_a_router_is_asked(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    model = ModelCloud(make_cloud())
    done = run(model, "--output", str(tmp_path / "out.pdf"))
    assert done.exit_code == 2 or "stands for no format" in str(done.exception)
    assert model.asked == []
    assert not (tmp_path / "out.pdf").exists()


def test_an_unreachable_router_is_4_and_named(run: Callable[..., Result]) -> None:
    done = run(ModelCloud(make_cloud(), unreachable={"spoke3"}))
    assert done.exit_code == 4
    assert "not reached: spoke3: no answer" in done.stdout
    assert len(done.stdout.splitlines()) < 40


def test_consequences_are_named_in_one_line(run: Callable[..., Result]) -> None:
    done = run(broken())
    assert done.stdout.count("NOT JUDGED") == 1
    assert "UNKNOWN" not in done.stdout
    assert len(done.stdout.splitlines()) < 60


def test_hundreds_of_failures_leave_the_screen_readable(run: Callable[..., Result]) -> None:
    """Some of each check with their lines, the others by number; json has all."""
    spokes = {f"spoke{n}": "IKE" for n in range(1, 60)}
    done = run(ModelCloud(make_cloud(60), state=spokes))
    assert done.stdout.count("\nFAIL peer-state ") == 5
    assert "and more like these: 54 peer-state, 54 registration, 113 ike-sa\n" in done.stdout
    assert "--format json or html has them all" in done.stdout
    assert len(done.stdout.splitlines()) < 150


def test_a_waiver_of_what_holds_is_named(run: Callable[..., Result]) -> None:
    """One that is needed is not."""
    made = make_cloud()
    waivers = tuple(Waiver(check=c, device="hub", reason="CHG-1") for c in
                    ("unexpected-peers", "role"))  # fmt: skip
    model = ModelCloud(replace(made, waivers=waivers), strangers=("10.255.0.99",))
    done = run(model)
    assert done.exit_code == 0
    assert "note: the waiver of role for hub (CHG-1) waives nothing" in done.stderr
    assert "waiver of unexpected-peers" not in done.stderr


def test_unknown_alone_is_3(run: Callable[..., Result]) -> None:
    done = run(ModelCloud(make_cloud(), refused={"show crypto ipsec sa"}))
    assert done.exit_code == 3
    assert "UNKNOWN ipsec-sa" in done.stdout


def test_a_refused_command_does_not_cost_the_others(run: Callable[..., Result]) -> None:
    """Nor are they sent again for it."""
    model = ModelCloud(make_cloud(), refused={"show crypto ipsec sa"})
    done = run(model, "--format", "json", "--pairs", "none")
    assert model.asked.count(("spoke1", "show ip bgp summary")) == 1
    statuses = {c["check"]: c["status"] for c in json.loads(done.stdout)["checks"]}
    assert statuses["registration"] == "pass"
    assert statuses["ike-sa"] == "pass"


def test_the_lab_is_asked_what_was_on_the_wire(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Path] = []
    model = ModelCloud(make_cloud())

    class Lab:
        def wire(self) -> control.WireCounters:
            return control.WireCounters(gre=0, esp=model.esp, ike=1, nat_t=0, raw=("9 esp",))

    @contextmanager
    def open_lab(folder: Path) -> Iterator[Lab]:
        opened.append(folder)
        yield Lab()

    monkeypatch.setattr(control, "open_lab", open_lab)
    done = run(model, "--format", "json", lab=str(tmp_path))
    assert opened == [tmp_path]
    checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
    assert checks["no-plain-gre"]["status"] == "pass"
    assert checks["no-plain-gre"]["evidence"] == ["9 esp"]


def test_without_a_lab_nobody_watches_the_wire(run: Callable[..., Result]) -> None:
    done = run(ModelCloud(make_cloud()), "--format", "json")
    assert "no-plain-gre" not in {c["check"] for c in json.loads(done.stdout)["checks"]}


def test_what_was_saved_gives_the_same_result_without_a_router(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    model = broken()
    live = run(model, "--format", "json", "--save", str(tmp_path / "kept"))
    assert live.exit_code == 1
    assert f"--evidence {tmp_path / 'kept'}" in live.stderr
    asked = len(model.asked)
    again = run(model, "--format", "json", "--evidence", str(tmp_path / "kept"))
    assert again.exit_code == 1
    assert again.stdout == live.stdout
    assert len(model.asked) == asked
    index = json.loads((tmp_path / "kept" / "index.json").read_text())
    assert index["cloud"] == "branches"
    assert index["time"].endswith("+00:00")
    assert index["tool"]
    assert "show version" in index["stages"]["rest"]["hub"]
    text = run(model, "--evidence", str(tmp_path / "kept")).stdout
    assert text.startswith("cloud branches")


def test_evidence_of_another_cloud_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    model = ModelCloud(make_cloud())
    run(model, "--save", str(tmp_path / "kept"))
    index = tmp_path / "kept" / "index.json"
    index.write_text(index.read_text().replace('"branches"', '"offices"'))
    done = run(model, "--evidence", str(tmp_path / "kept"))
    assert isinstance(done.exception, UsageError)
    assert "evidence of cloud 'offices', not of 'branches'" in str(done.exception)


@pytest.mark.parametrize("option", ["--output", "--save"])
def test_a_place_that_cannot_be_written_is_found_before_a_router_is_touched(
    run: Callable[..., Result], tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").write_text("mine")
    model = ModelCloud(make_cloud())
    done = run(model, option, str(tmp_path / "file" / "below"))
    assert isinstance(done.exception, UsageError)
    assert "cannot be written" in str(done.exception)
    assert not model.asked


def test_ctrl_c_says_what_was_touched(run: Callable[..., Result], tmp_path: Path) -> None:
    class Stopped(ModelCloud):
        def _answer(self, device: str, command: str) -> str | DmvpnError:
            if command.startswith("ping 10.2.0.1"):
                raise KeyboardInterrupt
            return super()._answer(device, command)

    model = Stopped(make_cloud(), shortcuts={("spoke1", "spoke2"), ("spoke2", "spoke1")})
    done = run(model, "--save", str(tmp_path / "kept"))
    assert "nothing was configured; 4 of 4 routers were asked" in done.stderr
    assert "NHRP entries of the spoke pairs were cleared on spoke1, spoke2" in done.stderr
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "kept").exists()
    assert done.exit_code == 130


def test_two_runs_are_compared(run: Callable[..., Result], tmp_path: Path) -> None:
    good, bad = ModelCloud(make_cloud()), broken()
    run(good, "--save", str(tmp_path / "good"))
    run(bad, "--save", str(tmp_path / "bad"))
    run(bad, "--output", str(tmp_path / "bad.json"))
    worse = run(good, "--compare", str(tmp_path / "good"), str(tmp_path / "bad.json"))
    assert worse.exit_code == 1
    assert "WORSE peer-state spoke2 -> hub: pass -> fail: IKE at NBMA 203.0.113.2" in worse.stdout
    assert "PEER unexpected-peers hub: peer 10.255.0.12 198.51.100.6 -> none" in worse.stdout
    better = run(good, "--compare", str(tmp_path / "bad"), str(tmp_path / "good"))
    assert better.exit_code == 0
    assert "BETTER peer-state spoke2 -> hub: fail -> pass" in better.stdout
    same = run(
        good, "--compare", str(tmp_path / "bad.json"), str(tmp_path / "bad"), "--format", "json"
    )
    assert same.exit_code == 0
    assert json.loads(same.stdout)["changes"] == []


def test_a_file_that_is_no_result_is_refused_by_name(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for text, words in (("{", "is no JSON"), ("{}", "is no result of `verify --format json`")):
        (tmp_path / "x.json").write_text(text)
        done = run(broken(), "--compare", str(tmp_path / "x.json"), str(tmp_path / "x.json"))
        assert isinstance(done.exception, InputError)
        assert words in str(done.exception)
        assert "x.json" in str(done.exception)


def test_two_runs_without_a_verdict_in_common_are_not_compared(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for name, check in (("old", "role"), ("new", "nhs-set")):
        kept = tmp_path / f"{name}.json"
        done = run(ModelCloud(make_cloud()), "--check", check, "--output", str(kept))
        assert done.exit_code == 0
    done = run(
        ModelCloud(make_cloud()), "--compare", str(tmp_path / "old.json"),
        str(tmp_path / "new.json"),
    )  # fmt: skip
    assert isinstance(done.exception, NothingCheckedError)
    assert "no verdict in common" in str(done.exception)


def test_a_folder_around_two_saved_ones_is_refused(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Their outputs would be mixed, and the last of each judged."""
    for name in ("monday", "tuesday"):
        run(ModelCloud(make_cloud()), "--save", str(tmp_path / "both" / name))
    done = run(ModelCloud(make_cloud()), "--evidence", str(tmp_path / "both"))
    assert isinstance(done.exception, InputError)
    assert "in monday, tuesday" in str(done.exception)


def test_the_checks_are_listed_without_an_inventory(run: Callable[..., Result]) -> None:
    model = ModelCloud(make_cloud())
    text = run(model, "--list")
    assert text.exit_code == 0
    assert "registration\n  what      A hub has each of its clients registered" in text.stdout
    entries = json.loads(run(model, "--list", "--format", "json").stdout)
    assert {"name", "about", "reads", "stands_on", "what"} == set(entries[0])
    assert not model.asked


def test_checks_are_chosen_by_name(run: Callable[..., Result]) -> None:
    model = ModelCloud(make_cloud())
    done = run(model, "--check", "nhs", "--check", "role", "--format", "json")
    assert {c["check"] for c in json.loads(done.stdout)["checks"]} == {"nhs", "role"}
    assert not [c for _, c in model.asked if c.startswith(("ping", "clear"))]
    done = run(model, "--skip", "nhs", "--format", "json")
    assert "nhs" not in {c["check"] for c in json.loads(done.stdout)["checks"]}
    wrong = run(model, "--check", "nsh")
    assert isinstance(wrong.exception, UsageError)


def test_a_support_bundle_of_session_logs_is_judged(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    model = broken()
    for name in ("hub", "spoke1", "spoke2"):
        shows = ["show dmvpn", "show interfaces Tunnel0", "show ip nhrp nhs detail"]
        typed = {"show dmvpn": "sh dmvpn", "show interfaces Tunnel0": "show int tu 0"}
        log = "".join(
            f"{name}#{typed.get(c, c)}\n{model.ask({name: [c]})[name][c]}" for c in shows
            if name != "hub" or "nhs" not in c
        )  # fmt: skip
        (tmp_path / f"{name}.log").write_text(f"{log}{name}#exit\n")
    (tmp_path / "notes.txt").write_text("called at 02:00, all red\n")
    done = run(model, "--evidence", str(tmp_path), "--format", "json")
    assert done.exit_code == 1
    assert "not used of" in done.stderr
    assert "notes.txt" in done.stderr
    found = {(c["check"], c["device"]): c for c in json.loads(done.stdout)["checks"]}
    assert found["peer-state", "spoke1"]["status"] == "pass"
    assert found["peer-state", "spoke2"]["actual"].startswith("IKE at NBMA 203.0.113.2")
    assert found["peer-state", "spoke3"]["status"] == "unknown"
    assert (
        found["peer-state", "spoke3"]["actual"] == "no evidence: there is no 'show dmvpn' of spoke3"
    )
    assert found["overlay-ping", "spoke1"]["status"] == "unknown"


def test_a_bundle_about_nobody_here_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "router9.log").write_text("router9#show dmvpn\nx\n")
    done = run(ModelCloud(make_cloud()), "--evidence", str(tmp_path))
    assert isinstance(done.exception, InputError)
    assert "no output of a router of cloud branches in any of 1 files" in str(done.exception)
