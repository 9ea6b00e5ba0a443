"""The session against an SSH server on loopback that behaves like IOS, well and badly."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from dmvpn_auto.device.login import open_session
from dmvpn_auto.device.session import Session
from dmvpn_auto.errors import (
    AuthenticationError,
    DeviceError,
    RefusedError,
    StoppedError,
    UnreachableError,
    UsageError,
)
from tests.doubles.ios_model import INVALID
from tests.doubles.ios_server import (
    PASSWORD,
    TRUSTING,
    USER,
    Behaviour,
    IosServer,
    ios_server,
    latency,
)

TUNNEL = ["interface Tunnel0", " ip address 10.255.0.2 255.255.255.0", " ip mtu 1400", " exit"]


@contextmanager
def session(
    behaviour: Behaviour | None = None, port: int | None = None, **extras: Any
) -> Iterator[tuple[Session, IosServer]]:
    stop = extras.pop("stop", None)
    with ios_server(behaviour) as server:
        opened = open_session(
            "r1",
            hostname="127.0.0.1",
            port=port or server.port,
            username=USER,
            password=PASSWORD,
            extras=TRUSTING | extras,
            stop=stop,
        )
        try:
            yield opened, server
        finally:
            opened.close()


def test_push_show_and_save() -> None:
    with session() as (router, server):
        heard: list[str] = []
        result = router.push(TUNNEL, heard.append)
        assert result.lines == 4
        assert heard == [line.strip() for line in TUNNEL]
        assert "ip mtu 1400" in server.model.config["interface Tunnel0"]
        assert router.show("show running-config") == server.model.show()
        assert server.saved == [], "a push does not save"
        router.save()
        assert server.saved == [server.model.show()]
        assert server.sessions == 1


def test_a_banner_full_of_prompts_is_no_prompt() -> None:
    with session(Behaviour(banner="r1#\nenter> \nr1# ###\n>")) as (router, _):
        assert router.push(TUNNEL).lines == 4


def test_a_question_mark_in_a_key_reaches_the_router() -> None:
    lines = ["crypto ikev2 keyring KR", "peer ANY", "pre-shared-key a?b", "exit", "exit"]
    with session() as (router, server):
        router.push(lines)
        assert "pre-shared-key a?b" in server.model.config["crypto ikev2 keyring KR"]["peer ANY"]


def test_the_first_refused_line_stops_the_push_and_is_named() -> None:
    lines = [
        *TUNNEL[:2],
        " ip nhrp authentication canary-longer-than-8",
        *(f" delay {n}" for n in range(1, 200)),
        " exit",
    ]
    with session() as (router, server):
        server.model.refuse[lines[2].strip()] = INVALID
        with pytest.raises(RefusedError) as caught:
            router.push(lines)
        error = caught.value
        assert (error.device, error.applied, error.total) == ("r1", 2, len(lines))
        assert error.line == "ip nhrp authentication <secret>"
        assert "Invalid input" in error.answer
        assert "canary" not in f"{error} {error!r} {error.behind}"
        typed = [line for line in server.typed if line.startswith("delay")]
        assert list(error.behind) == typed, "what was on its way is accounted for"
        assert len(typed) < 64
        assert router.show("show running-config"), "the session is still of use"
        assert server.typed.count("end") == 1


SECTIONS = [
    *TUNNEL,
    "router eigrp DMVPN",
    " address-family ipv4 unicast autonomous-system 1",
    "  shutdown",
    "  exit",
    " exit",
    "interface Tunnel1",
    " shutdown",
    " exit",
]


@pytest.mark.parametrize("indented", [True, False])
def test_nothing_of_a_section_travels_before_its_header_was_accepted(indented: bool) -> None:
    lines = SECTIONS if indented else [line.strip() for line in SECTIONS]
    with session() as (router, server):
        with pytest.raises(RefusedError) as caught:
            router.push(lines)
        assert caught.value.line == "router eigrp DMVPN"
        assert (caught.value.applied, caught.value.behind) == (4, ())
        assert server.typed[-2:] == ["router eigrp DMVPN", "end"]
        assert router.show("show running-config"), "the session is still of use"


def test_a_refused_header_inside_a_section_keeps_its_lines_out_of_that_section() -> None:
    lines = ["router bgp 65000", " address-family ipv9", "  neighbor HUB activate", "  exit"]
    with session() as (router, server):
        server.model.refuse["address-family ipv9"] = INVALID
        with pytest.raises(RefusedError, match="ipv9"):
            router.push(lines)
        assert server.model.config["router bgp 65000"] == {}


def test_a_header_that_opens_nothing_is_refused_although_the_router_only_remarks() -> None:
    with session() as (router, server):
        server.model.refuse["interface Tunnel0"] = "Tunnels come with another license"
        with pytest.raises(RefusedError, match="did not open a section"):
            router.push(TUNNEL)
        assert server.typed[-2:] == ["interface Tunnel0", "end"]


def test_a_session_that_closes_behind_a_refused_header_names_the_header() -> None:
    with session() as (router, _), pytest.raises(RefusedError) as caught:
        router.push(SECTIONS, ahead=True)
    assert caught.value.line == "router eigrp DMVPN"
    assert caught.value.unanswered == ("exit", "interface Tunnel1", "shutdown", "exit")
    assert "the session closed then and 4 more may be" in str(caught.value)
    assert not router.alive


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("name", ["spoke-9", "a-name-far-longer-than-prompts"])
def test_a_new_hostname_is_no_reason_to_wait(name: str, ahead: bool) -> None:
    started = time.monotonic()
    with session() as (router, _):
        assert router.push([f"hostname {name}", *TUNNEL], ahead=ahead).lines == 5
        assert f"hostname {name}" in router.show("show running-config")
        router.push(["hostname r1"])
        assert "hostname r1" in router.show("show running-config")
    assert time.monotonic() - started < 5.0


def test_a_refused_hostname_keeps_the_old_prompt() -> None:
    with session() as (router, server):
        server.model.refuse["hostname -9"] = "% Hostname contains one or more illegal characters."
        with pytest.raises(RefusedError, match="illegal"):
            router.push(["hostname -9"])
        assert router.show("show running-config")


def test_a_notice_is_not_an_error() -> None:
    lines = [
        "interface Tunnel0",
        " ip address 10.0.0.1 255.0.0.0",
        " vrf forwarding BLUE",
        " ip address 10.0.0.1 255.0.0.0",
        " exit",
    ]
    with session() as (router, server):
        result = router.push(lines)
        assert result.notices == (
            ("vrf forwarding BLUE", "% Interface Tunnel0 IPv4 disabled and address(es) removed"),
        )
        assert "ip address 10.0.0.1 255.0.0.0" in server.model.config["interface Tunnel0"]


def test_a_log_line_between_two_prompts_is_not_an_error() -> None:
    log = {"ip mtu 1400": "*Nov 21 08:00:00.123: %LINK-3-UPDOWN: Interface Tunnel0, state up"}
    with session(Behaviour(log=log)) as (router, _):
        assert router.push(TUNNEL).lines == 4


def test_a_line_that_asks_is_refused_and_not_answered() -> None:
    asks = {"ip mtu 1400": "Are you sure? [yes/no]: "}
    with session(Behaviour(asks=asks)) as (router, _), pytest.raises(RefusedError, match="asks"):
        router.push(TUNNEL)


@pytest.mark.parametrize("fault", ["close_at", "stall_at", "garble"])
def test_a_session_that_breaks_says_what_is_active(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dmvpn_auto.device.session.LINE_TIMEOUT", 1.0)
    what: dict[str, Any] = {fault: "ip mtu 1400"}
    with session(replace(Behaviour(), **what)) as (router, _):
        with pytest.raises(UnreachableError, match=r"after [12] of 4 lines") as caught:
            router.push(TUNNEL)
        assert "may be" in str(caught.value)
        assert not router.alive


def test_a_push_stops_between_two_lines_when_it_is_asked_to() -> None:
    stop = Event()
    with session(Behaviour(delay=0.01), stop=stop) as (router, server):
        lines = ["interface Tunnel0", *(f"delay {n}" for n in range(1, 300)), "exit"]
        with pytest.raises(StoppedError) as caught:
            router.push(lines, lambda line: stop.set() if line == "delay 5" else None)
        assert 6 <= caught.value.applied < 100
        assert list(server.model.config["interface Tunnel0"]) == [
            f"delay {caught.value.applied - 1}"
        ]


def test_a_locked_configuration_mode_is_a_refusal_and_nothing_is_typed() -> None:
    with session(Behaviour(config_locked=True)) as (router, server):
        with pytest.raises(RefusedError, match="locked"):
            router.push(TUNNEL)
        assert server.typed[-1] == "configure terminal"


def test_an_unknown_command_is_an_error_and_an_empty_answer_is_not() -> None:
    with session(Behaviour(shows={"show ip nhrp": ""})) as (router, _):
        assert router.show("show ip nhrp") == ""
        with pytest.raises(DeviceError, match="Invalid input"):
            router.show("show nonsense")


def test_many_commands_take_one_round_trip() -> None:
    shows = {f"show number {n}": f"number {n}\n" for n in range(6)}
    with ios_server(Behaviour(shows=shows)) as server, latency(server.port, 0.05) as port:
        router = open_session(
            "r1", hostname="127.0.0.1", port=port, username=USER, password=PASSWORD, extras=TRUSTING
        )
        started = time.monotonic()
        assert router.show_many(list(shows)) == shows
        assert time.monotonic() - started < 0.25, "six round trips would take 0.6 s"
        router.close()


def test_a_long_path_costs_few_round_trips() -> None:
    lines = [
        "interface Tunnel0",
        *(f"ip nhrp map 10.0.0.{n} 192.0.2.{n}" for n in range(1, 136)),
        "exit",
    ]
    with ios_server() as server, latency(server.port, 0.05) as port:
        router = open_session(
            "r1", hostname="127.0.0.1", port=port, username=USER, password=PASSWORD, extras=TRUSTING
        )
        started = time.monotonic()
        assert router.push(lines).lines == 137
        assert time.monotonic() - started < 2.0, "137 round trips would take 13.7 s"
        router.close()


def test_a_failed_save_is_an_error() -> None:
    with (
        session(Behaviour(saves=False)) as (router, _),
        pytest.raises(DeviceError, match="Not enough space"),
    ):
        router.save()


def test_a_save_that_asks_is_confirmed() -> None:
    asks = {"write memory": "Overwrite the previous NVRAM configuration?[confirm]"}
    with session(Behaviour(asks=asks)) as (router, server):
        router.save()
        assert server.saved


def test_a_wrong_password_is_tried_once_and_not_shown() -> None:
    with ios_server() as server:
        with pytest.raises(AuthenticationError, match="admin") as caught:
            open_session(
                "r1",
                hostname="127.0.0.1",
                port=server.port,
                username=USER,
                password="canary-wrong",
                extras=TRUSTING,
            )
        assert server.logins == 1
        assert "canary" not in f"{caught.value!s}{caught.value!r}"


def test_a_closed_port_and_a_silent_one_are_unreachable(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(UnreachableError, match="connection refused"):
            open_session(
                "r1", hostname="127.0.0.1", port=port, username=USER, password="x", extras=TRUSTING
            )
        closed.listen()
        started = time.monotonic()
        with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}"):
            open_session(
                "r1",
                hostname="127.0.0.1",
                port=port,
                username=USER,
                password="x",
                extras={**TRUSTING, "banner_timeout": 0.5},
            )
        assert time.monotonic() - started < 5
    assert "Traceback" not in capfd.readouterr().err


def test_an_unknown_name_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="name is not known"):
        open_session(
            "r1",
            hostname="no-such-host.invalid",
            port=22,
            username=USER,
            password="x",
            extras=TRUSTING,
        )


@pytest.mark.parametrize(
    ("secret", "right"), [("enable-canary", True), ("wrong-canary", False), (None, False)]
)
def test_an_unprivileged_prompt_needs_the_enable_secret(secret: str | None, right: bool) -> None:
    extras: dict[str, Any] = {"secret": secret} if secret else {}
    behaviour = Behaviour(enable_secret="enable-canary")
    if right:
        with session(behaviour, **extras) as (router, _):
            assert router.push(TUNNEL).lines == 4
    else:
        with (
            pytest.raises(AuthenticationError, match="privileged") as caught,
            session(behaviour, **extras),
        ):
            pass
        assert "canary" not in str(caught.value)


def test_a_session_log_is_refused_because_it_would_hold_secrets(tmp_path: Any) -> None:
    with ios_server() as server, pytest.raises(UsageError, match="session_log"):
        open_session(
            "r1",
            hostname="127.0.0.1",
            port=server.port,
            username=USER,
            password=PASSWORD,
            extras={**TRUSTING, "session_log": str(tmp_path / "log")},
        )


def test_debug_logs_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with session() as (router, _):
        router.push(
            ["crypto ikev2 keyring KR", "peer ANY", "pre-shared-key canary-psk", "exit", "exit"]
        )
        router.show("show running-config")
    assert caplog.records, "the libraries log something"
    assert "canary" not in caplog.text
