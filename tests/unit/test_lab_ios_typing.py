"""Typing at a router: transcripts of what a person sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.terminal import State
from tests.unit.ios_console import STARTUP, console, screen_state


async def test_a_command_is_echoed_answered_and_followed_by_the_prompt() -> None:
    async with console() as at:
        assert await at.type("show privilege\n") == (
            "show privilege\nCurrent privilege level is 15\nR1#"
        )


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("show dmvnp", "           ^\n% Invalid input detected at '^' marker.\n\n"),
        ("shwo clock", "     ^\n% Invalid input detected at '^' marker.\n\n"),
        ("ping 10.0.0.300", "        ^\n% Invalid input detected at '^' marker.\n\n"),
        ("show i", '% Ambiguous command:  "show i"\n'),
        ("show ip", "% Incomplete command.\n\n"),
        ("  show   ip  ", "% Incomplete command.\n\n"),
        ("! a comment", ""),
        ("", ""),
    ],
)
async def test_wrong_commands_get_the_words_of_ios(typed: str, answer: str) -> None:
    async with console() as at:
        assert await at.type(f"{typed}\n") == f"{typed}\n{answer}R1#"


async def test_the_caret_stands_under_the_first_character_that_fits_nothing() -> None:
    async with console() as at:
        screen = await at.type("show ip route vrf\nshow verxion\n")
        line = screen.splitlines()[-5]
        caret = screen.splitlines()[-4]
        assert line == "R1#show verxion"
        assert caret.index("^") == line.index("x")


async def test_configuration_modes_have_their_prompts() -> None:
    async with console() as at:
        screen = await at.lines(
            "conf t",
            "int tu0",
            "crypto ikev2 keyring KR",
            "peer ANY",
            "exit",
            "exit",
            "router bgp 65000",
            "address-family ipv4",
            "exit-address-family",
            "interface gi1.10",
            "end",
        )
    prompts = [
        line.split("#")[0] for line in screen.splitlines() if line.startswith("R1") and "#" in line
    ]
    assert [p.removeprefix("R1") for p in prompts] == [
        "(config)",
        "(config-if)",
        "(config-ikev2-keyring)",
        "(config-ikev2-keyring-peer)",
        "(config-ikev2-keyring)",
        "(config)",
        "(config-router)",
        "(config-router-af)",
        "(config-router)",
        "(config-subif)",
        "",
    ]


async def test_a_line_of_an_outer_mode_leaves_the_inner_one() -> None:
    async with console() as at:
        screen = await at.lines(
            "conf t", "interface Tunnel0", "ip route 10.9.0.0 255.255.0.0 10.0.0.2"
        )
        assert screen.endswith("R1(config)#")


async def test_lines_typed_ahead_keep_their_order() -> None:
    async with console() as at:
        screen = await at.type("show privilege\nconf t\nhostname R2\nend\nshow privilege\n")
    assert screen == (
        "show privilege\nCurrent privilege level is 15\nR1#conf t\n"
        "Enter configuration commands, one per line.  End with CNTL/Z.\n"
        "R1(config)#hostname R2\nR2(config)#end\nR2#show privilege\n"
        "Current privilege level is 15\nR2#"
    )


async def test_do_runs_exec_commands_and_marks_their_errors_under_the_word() -> None:
    async with console() as at:
        await at.lines("conf t")
        assert "Current privilege level is 15" in await at.type("do show privilege\n")
        screen = await at.type("do show xyz\n")
        typed, caret, *_ = f"R1(config)#{screen}".splitlines()
        assert caret.index("^") == typed.index("x")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"shwo\x02\x14", "show"),  # transpose
        (b"xshow\x01\x04", "show"),
        (b"show dmvpn\x17", "show "),
        (b"bogus\x15show", "show"),
        (b"show clock\x01\x06\x06\x06\x06\x0b", "show"),
        (b"sow\x1b[D\x1b[Dh", "show"),
        (b"one two\x1bb\x1bd", "one "),
        (b"show clocj\x7fk", "show clock"),
        (b"a\x16?b", "a?b"),
    ],
)
async def test_editing_keys(keys: bytes, line: str) -> None:
    async with console() as at:
        await at.type(keys)
        assert at.vty.terminal.editor.text == line


async def test_what_the_screen_shows_is_what_the_line_is() -> None:
    """Replay the bytes on a screen of one line and compare."""
    async with console() as at:
        await at.type(b"show dmvpn detail\x01\x06\x06XY\x05!\x1bb\x7f\x7fQ")
        shown: list[str] = []
        column = 0
        for char in at.screen.replace("R1#", "", 1):
            if char == "\b":
                column -= 1
            else:
                shown[column : column + 1] = [char]
                column += 1
        assert "".join(shown).rstrip() == at.vty.terminal.editor.text.rstrip()


async def test_history_is_recalled_with_arrows_and_control_p() -> None:
    async with console() as at:
        await at.lines("show privilege", "show clock")
        await at.type(b"\x1b[A\x1b[A")
        assert at.vty.terminal.editor.text == "show privilege"
        await at.type(b"\x0e")
        assert at.vty.terminal.editor.text == "show clock"


async def test_question_mark_lists_what_may_follow_and_keeps_the_line() -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0")
        screen = await at.type("ip nhrp map ?")
        assert "  multicast" in screen
        assert "  A.B.C.D" in screen
        assert screen.endswith("R1(config-if)#ip nhrp map ")
        assert at.vty.terminal.editor.text == "ip nhrp map "


async def test_question_mark_completes_words_without_a_blank() -> None:
    async with console() as at:
        screen = await at.type("sh?")
        assert screen.splitlines()[1] == "show"
        screen = await at.type("\x15show running-config ?")
        assert "<cr>" in screen
        assert "interface" in screen
        assert "|" in screen


async def test_tab_completes_the_only_candidate() -> None:
    async with console() as at:
        await at.type("sh\t")
        assert at.vty.terminal.editor.text == "show "
        await at.type("dmv\t")
        assert at.vty.terminal.editor.text == "show dmvpn "
        await at.type("\x15show i\t")
        assert at.vty.terminal.editor.text == "show i"


async def test_a_full_screen_stops_at_more() -> None:
    async with console() as at:
        at.vty.resize(80, 10)
        screen = await at.type("show running-config\n")
        assert screen.endswith("\n --More-- ")
        assert screen_state(at) is State.MORE
        assert len(screen.splitlines()) == 11  # the command, nine lines, --More--
        page = await at.type(" ")
        assert page.count("\n") == 9
        assert (await at.type("\n")).count("\n") == 1
        assert (await at.type("q")).endswith("\nR1#")


async def test_control_c_and_control_z_leave_configuration_mode() -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0")
        assert (await at.type(b"half a line\x03")).endswith("\nR1#")
        await at.lines("conf t")
        assert (await at.type(b"hostname R7\x1a")).endswith("^Z\nR7#")


async def test_an_interrupt_ends_a_long_ping_and_its_summary_is_printed() -> None:
    async with console() as at:
        dataplane = at.router.dataplane
        assert isinstance(dataplane, BareDataplane)
        dataplane.pace = 0.01
        at.vty.feed(b"ping 10.9.9.9 repeat 100000\n")
        while at.screen.count(".") < 5:
            await dataplane.probed.wait()
            dataplane.probed.clear()
        screen = await at.type(b"\x1e")
        assert "Success rate is 0 percent (0/" in screen
        assert screen.endswith("R1#")


async def test_ping_alone_asks_for_everything() -> None:
    async with console() as at:
        screen = await at.type("ping\nip\n10.9.9.9\n2\n\n1\nn\n")
        assert "Sending 2, 100-byte ICMP Echos to 10.9.9.9, timeout is 1 seconds:\n..\n" in screen


async def test_user_mode_knows_less_and_enable_asks_for_the_secret() -> None:
    async with console(STARTUP + "enable secret cisco\n", user="guest") as at:
        assert (await at.type("configure terminal\n")).count("Invalid input") == 1
        assert (await at.type("enable\n")).endswith("Password: ")
        assert (await at.type("wrong\n")) == "\nPassword: "
        assert (await at.type("cisco\n")) == "\nR1#"
        assert (await at.type("disable\n")).endswith("R1>")


async def test_no_secret_means_no_way_up() -> None:
    async with console(user="guest") as at:
        assert "% Error in authentication." in await at.type("enable\n")


async def test_output_filters() -> None:
    async with console() as at:
        screen = await at.type("show run | include ^hostname|^interface\n")
        assert screen.splitlines()[1:-1] == [
            "hostname R1",
            "interface GigabitEthernet1",
            "interface GigabitEthernet2",
        ]
        screen = await at.type("show run | section GigabitEthernet1\n")
        assert " ip address 203.0.113.2 255.255.255.252" in screen
        assert "10.0.0.1" not in screen
        assert "= 2" in await at.type("show run | count ^interface\n")
        assert (await at.type("show run | begin ^line vty\n")).splitlines()[1] == "line vty 0 4"
        screen = await at.type("show run | exclude hostname\n")
        assert "hostname R1" not in screen
        assert "% Incomplete command." in await at.type("show run | include\n")


async def test_wide_lines_scroll_sideways() -> None:
    async with console() as at:
        at.vty.resize(60, 0)
        await at.lines("conf t", "interface Tunnel0")
        text = "description " + "x" * 80
        screen = await at.type(text)
        assert "\r" in screen
        assert "$" in screen
        await at.type("\n")
        assert f"interface Tunnel0\n {text}\n" in at.router.running_text()


async def test_saving_and_showing_nvram(tmp_path: Path) -> None:
    async with console() as at:
        at.router.nvram = tmp_path / "nvram"
        assert await at.type("show startup-config\n") == (
            "show startup-config\nstartup-config is not present\nR1#"
        )
        assert await at.type("wr\n") == "wr\nBuilding configuration...\n[OK]\nR1#"
        assert "hostname R1" in await at.type("show startup-config\n")
        assert (tmp_path / "nvram").stat().st_mode & 0o777 == 0o600
        screen = await at.type("copy run start\n")
        assert screen.endswith("Destination filename [startup-config]? ")
        assert (await at.type("\n")) == "\nBuilding configuration...\n[OK]\nR1#"


async def test_a_banner_is_read_until_its_delimiter() -> None:
    async with console() as at:
        await at.lines("conf t", "banner motd #", "  keep out", "really#", "end")
        assert "banner motd ^C\n  keep out\nreally^C\n" in await at.running()
        assert "keep out" in at.router.greeting()


async def test_log_lines_reach_only_a_monitoring_terminal() -> None:
    async with console() as at:
        at.router.monitors.add(at.vty.monitor)
        at.router.say("%LINK-3-UPDOWN: one")
        assert at.screen == ""
        await at.type("terminal monitor\nshow cl")
        at.router.say("%LINK-3-UPDOWN: two")
        assert "%LINK-3-UPDOWN: two\r\n" in at.screen
        assert at.screen.rstrip(" \b").endswith("R1#show cl")


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (
            "ip nhrp ",
            ["network-id      NBMA network identifier", "shortcut        Enable shortcut"],
        ),
        ("ip nhrp nhs ", ["A.B.C.D   IP address of the next hop server"]),
        ("tunnel mode gre ", ["multipoint", "ip"]),
        ("no tun", ["tunnel"]),
        ("do show cl", ["clock"]),
        ("nonsense ", ["% Unrecognized command"]),
    ],
)
async def test_help_inside_an_interface(head: str, rows: list[str]) -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0")
        screen = await at.type(f"{head}?")
        for row in rows:
            assert row in screen


async def test_every_listed_word_has_a_help_text() -> None:
    """A word that `?` shows without a text is a hole in the vocabulary."""
    async with console(strict=False) as at:
        holes = []
        for lines in (
            ["end"],
            ["conf t"],
            ["interface Tunnel0"],
            ["interface gi1"],
            ["router bgp 1"],
        ):
            await at.lines(*lines)
            screen = (await at.type("?")).splitlines()[1:-1]
            holes += [row for row in screen if row.strip() and len(row.split()) == 1]
        assert holes == []


async def test_show_alone_says_how_to_go_on() -> None:
    async with console() as at:
        assert '% Type "show ?" for a list of subcommands\n' in await at.lines("show")
        assert '% Type "show ?" for a list of subcommands\n' in await at.lines("sh")
