"""Commands that only ntc-templates reads: found exactly, never in front of ours, never short."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dmvpn_auto.observe import COMMANDS, engine, find, foreign, parse, to_json
from dmvpn_auto.observe.detection import detect
from dmvpn_auto.observe.index import readable
from dmvpn_auto.report.readings import write_detection

SESSION = (Path(__file__).parents[1] / "golden" / "show" / "foreign.txt").read_text()


def read(command: str) -> Any:
    return to_json(parse(command, SESSION))


@pytest.mark.parametrize(
    ("command", "number", "row"),
    [
        (
            "show inventory", 1,
            {"name": "Power Supply Module 0", "descr": "250W AC Power Supply for Cisco ISR 4330",
             "pid": "PWR-4330-AC", "vid": "V02", "sn": "PST2408C0D2"},
        ),
        (
            "show ip arp", 2,
            {"protocol": "Internet", "ip_address": "10.1.0.1", "age": "-",
             "mac_address": "0050.56aa.0102", "type": "ARPA", "interface": "GigabitEthernet0/0/1"},
        ),
        (
            "show vrf", 0,
            {"name": "INET", "default_rd": "65000:1", "protocols": "ipv4",
             "interfaces": ["Gi0/0/0", "Tu0"]},
        ),
    ],
)  # fmt: skip
def test_a_command_without_parser_of_ours_is_a_table_of_text(
    command: str, number: int, row: dict[str, Any]
) -> None:
    document = read(command)
    assert (document["complete"], document["unparsed"], document["warnings"]) == (True, [], [])
    assert document["template"] == f"cisco_ios_{command.replace(' ', '_')}"
    assert document["rows"][number] == row


def test_lines_that_the_template_lets_pass_are_unread() -> None:
    document = read("show cdp neighbors")
    assert [row["neighbor_name"] for row in document["rows"]] == ["sw1", "wan-edge"]
    assert len(document["unparsed"]) == 4
    assert document["unparsed"][-1] == "Total cdp entries displayed : 2"
    assert document["complete"] is False


def test_an_output_that_gives_no_row_is_unread_and_an_empty_one_is_empty() -> None:
    refused = to_json(parse("show ip cef", "%IPv4 CEF not running\n"))
    assert refused["unparsed"] == ["%IPv4 CEF not running"]
    assert refused["warnings"] == ["cisco_ios_show_ip_cef of ntc-templates read no row"]
    assert parse("show boot", SESSION).complete
    other = parse("show inventory", "Interface: Tunnel0, IPv4 NHRP Details\n")
    assert other.unparsed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("show access-lists", "show access-list"),
        ("sh cdp nei", "show cdp neighbors"),
        ("SHOW CDP NEIGHBORS DETAIL", "show cdp neighbors detail"),
        ("sh int desc", "show interfaces description"),
        ("show interfaces Gi0/0/0 description", "show interfaces description"),
        ("show ip route summary | include total", "show ip route summary"),
    ],
)
def test_it_is_found_as_its_index_declares_or_by_an_abbreviation(typed: str, name: str) -> None:
    found = find(typed)
    assert found is not None
    assert (found.name, found.foreign) == (name, True)


@pytest.mark.parametrize(
    "typed",
    [
        "show archive config differences", "show vlan brief", "show policy-map interface Tunnel0",
        "show ip cefs 10.0.0.0", "show snmp community", "show module", "dir flash:",
        "show interfaces trunk",
    ],
)  # fmt: skip
def test_no_command_falls_to_a_template_that_was_not_written_for_it(typed: str) -> None:
    assert find(typed) is None


def test_ours_always_win() -> None:
    assert not any(command.foreign for command in COMMANDS)
    for command in foreign.commands():
        found = find(command.name)
        assert found is not None, command.name
        assert found is command or not found.foreign
    for typed in ("show dmvpn", "show ip route", "show interfaces", "show run interface Tunnel0"):
        found = find(typed)
        assert found is not None
        assert not found.foreign


def test_part_of_a_configuration_keeps_its_secrets() -> None:
    text = "interface Tunnel0\n ip nhrp authentication SEKRET1\nend\n"
    document = to_json(parse("show running-config interface Tunnel0", text))
    assert document["complete"] is True
    assert "SEKRET1" not in str(document)


def test_every_template_of_the_index_can_be_used() -> None:
    for command in readable():
        if command.foreign:
            engine.read_foreign(foreign.template(command), ["no router prints this"])


def test_a_template_that_cannot_be_used_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "cisco_ios_show_vrf.textfsm"
    bad.write_text("Value NAME (\\S+\n\nStart\n  ^${NAME} -> Record\n")
    for path, why in ((bad, "cannot be used"), (tmp_path / "gone.textfsm", "No such file")):
        monkeypatch.setattr(foreign, "template", lambda _, path=path: path)
        document = read("show vrf")
        assert document["rows"] == []
        assert len(document["unparsed"]) == 4
        assert why in document["warnings"][0]


TEMPLATE = """\
Value Filldown GROUP (\\w+)
Value Required NAME (n\\d+)
Value STATE (up|down)
Value List MEMBERS (m\\d+)
Value Fillup TOTAL (\\d+)

Start
  ^group ${GROUP}
  ^${NAME} ${STATE} -> Record
  ^state ${STATE} -> Record
  ^member ${MEMBERS}
  ^total ${TOTAL}
  ^skip -> Skip
  ^bad -> Error "stop"
  ^end -> End
  ^$$ -> Record

Skip
  ^.* -> Start
"""


def table(tmp_path: Path, *lines: str) -> engine.Table:
    path = tmp_path / "t.textfsm"
    path.write_text(TEMPLATE)
    return engine.read_foreign(path, lines)


def test_nothing_is_lost_where_textfsm_loses_it(tmp_path: Path) -> None:
    found = table(
        tmp_path, "group a", "n1 up", "odd", "skip", "anything", "bad", "state down", "n2 down",
        "total 7", "", "member m1", "end", "n3 up",
    )  # fmt: skip
    assert [(r["GROUP"], r["NAME"], r["STATE"], r["TOTAL"]) for r in found.records] == [
        ("a", "n1", "up", "7"), ("a", "n2", "down", "7"),
    ]  # fmt: skip
    assert found.unparsed == ("odd", "anything", "bad", "n3 up")
    assert found.left == ("state down",)


def test_what_is_left_at_the_end_is_told(tmp_path: Path) -> None:
    assert table(tmp_path, "n1 up", "member m1").left == ("member m1",)
    assert table(tmp_path, "n1 up", "group b").left == ()


def test_detect_reads_them_too_and_in_tables() -> None:
    found = detect(SESSION)
    assert not found.skipped
    assert [read.reading.complete for read in found.readings].count(False) == 1
    assert "0050.56aa.01fe" in write_detection(found)


def run(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", "parse", *words],
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_list_names_both_kinds() -> None:
    text = run("--list").stdout.decode()
    ours, theirs = text.split("ntc-templates")
    assert "  show ip nhrp nhs\n" in ours
    assert "  show cdp neighbors\n" in theirs
    listed = {e["command"]: e["template"] for e in json.loads(run("--list", "-f", "json").stdout)}
    assert listed["show ip route"] is None
    assert listed["show ip arp"] == "cisco_ios_show_ip_arp"
    assert run("--list", "show dmvpn").returncode == 2


def test_a_refusal_behind_rows_and_a_row_that_was_cut_are_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.textfsm"
    path.write_text(TEMPLATE)
    monkeypatch.setattr(foreign, "template", lambda _: path)
    reading = parse("show vrf", "n1 up\nmember m1\n% Incomplete command.\n")
    assert reading.unparsed == ("% Incomplete command.", "member m1")
