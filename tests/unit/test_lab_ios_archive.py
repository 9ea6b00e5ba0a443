"""Archive, replace, confirmed change, lock and reload of the lab's routers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from dmvpn_auto.lab.ios.archive import differences
from tests.unit.ios_console import Console, console

ARCHIVE = ("conf t", "archive", "path flash:backup", "end")


@asynccontextmanager
async def archiving(minute: float = 60.0) -> AsyncIterator[Console]:
    async with console(minute=minute) as at:
        await at.lines(*ARCHIVE)
        yield at


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)


def log(at: Console) -> str:
    return "\n".join(at.router.log)


async def test_a_confirmed_change_needs_an_archive() -> None:
    async with console() as at:
        refused = "%Turn config archive on before using Rollback Confirmed Change"
        assert refused in await at.lines("configure terminal revert timer 1")
        assert not at.vty.shell.configuring
        assert refused in await at.lines("configure replace system:running-config force time 1")
        assert " Archive feature not enabled\n" in await at.lines("archive config")
        assert " Archive feature not enabled\n" in await at.lines("show archive")


async def test_a_change_that_is_not_confirmed_is_taken_back() -> None:
    async with archiving() as at:
        before = await at.running()
        await at.lines(
            "configure terminal revert timer 5", "hostname R9", "interface Tunnel5", "end"
        )
        assert "hostname R9" in await at.running()
        screen = await at.lines("configure revert now")
        assert "Rollback Confirmed Change: rolling to:flash:backup-" in screen
        assert screen.endswith("Total number of passes: 1\nRollback Done\n\nR1#")
        assert await at.running() == before
        assert "%No Rollback Confirmed Change pending" in await at.lines("configure confirm")
        assert "%No Rollback Confirmed Change pending" in await at.lines("configure revert now")


async def test_the_timer_takes_a_change_back_when_its_session_is_gone() -> None:
    async with archiving(minute=0.05) as at:
        before = await at.running()
        await at.lines("configure terminal revert timer 2", "hostname R9")
        assert at.router.hostname == "R9"
        at.vty.shell.leave()
        await until(lambda: not at.router.revert.pending and at.router.hostname == "R1")
        assert await at.running() == before
        assert "hostname R1" in at.router.dataplane.applied[-1]  # type: ignore[attr-defined]
        lines = [line.split(": ", 1)[1] for line in at.router.log]
        marks = [m[0] for line in lines if (m := re.match(r"%ARCHIVE_DIFF-5-\w+|Rollback:", line))]
        assert marks == [
            "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_BACKUP",
            "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_START_ABSTIMER",
            "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_WARNING_ABSTIMER",
            "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_ROLLBACK_START",
            "Rollback:",
        ]
        assert "User: admin(Priv: 15, View: 0): Scheduled to rollback to config flash:" in log(at)


async def test_a_confirmed_change_stays() -> None:
    async with archiving() as at:
        await at.lines("configure terminal revert timer 5", "hostname R9", "end")
        shown = await at.lines("show archive config rollback timer")
        assert "Timer type: absolute timer\nTimer value: 5 min\nUser: admin\n" in shown
        assert "pending" in await at.lines("configure terminal revert timer 5")
        await at.lines("configure confirm")
        assert not at.router.revert.pending
        assert at.router.hostname == "R9"
        assert "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_CONFIRM: User: admin" in log(at)


async def test_an_idle_timer_waits_as_long_as_somebody_types() -> None:
    async with archiving(minute=0.2) as at:
        await at.lines("configure terminal revert idle 1", "hostname R9")
        for _ in range(6):
            await asyncio.sleep(0.05)
            await at.lines("! still here")
        assert at.router.hostname == "R9"
        await at.lines("end")
        await until(lambda: at.router.hostname == "R1")


async def test_a_timer_can_be_set_anew() -> None:
    async with archiving(minute=0.05) as at:
        await at.lines("configure terminal revert timer 120", "hostname R9", "end")
        await at.lines("configure revert timer 1")
        await until(lambda: at.router.hostname == "R1")


async def test_replacing_leaves_nothing_of_the_present_configuration() -> None:
    async with archiving() as at:
        await at.lines("archive config")
        name = at.router.archive.kept[0]
        assert re.fullmatch(r"flash:backup-[A-Z][a-z]{2}-[-\d]\d-\d\d-\d\d-\d\d\.\d{3}-0", name)
        assert f"   1        {name} <- Most Recent\n" in await at.lines("show archive")
        before = await at.running()
        await at.lines(
            "conf t",
            "no archive",
            "interface Tunnel1",
            "ip route 10.9.0.0 255.255.0.0 10.0.0.2",
            "end",
        )
        assert "Rollback Done" in await at.lines(f"configure replace {name} force")
        assert await at.running() == before
        assert "%Error opening flash:none" in await at.lines("configure replace flash:none force")


@pytest.mark.parametrize(("options", "stays"), [("", True), (" revert trigger error", False)])
async def test_a_line_that_is_refused_can_take_a_replacement_back(
    options: str, stays: bool
) -> None:
    async with archiving() as at:
        at.router.archive.files["flash:bad"] = "hostname R9\nmistake\nend\n"
        screen = await at.lines(f"configure replace flash:bad force{options}")
        assert "Rollback aborted after 5 passes" in screen
        assert "line 2: mistake" in screen
        assert ("successfully restored" in screen) is not stays
        assert at.router.hostname == ("R9" if stays else "R1")


async def test_a_replacement_that_is_not_confirmed_is_taken_back() -> None:
    async with archiving(minute=0.05) as at:
        at.router.archive.files["flash:new"] = (await at.running()).replace("R1", "R9")
        await at.lines("configure replace flash:new force time 1")
        assert at.router.hostname == "R9"
        await until(lambda: at.router.hostname == "R1")


async def test_write_memory_keeps_a_copy_and_the_oldest_goes() -> None:
    async with archiving() as at:
        await at.lines("conf t", "archive", "write-memory", "maximum 2", "end", "write memory")
        await at.lines("write memory", "write memory")
        assert [name[-2:] for name in at.router.archive.kept] == ["-1", "-2"]
        assert set(at.router.archive.files) == set(at.router.archive.kept)
        assert "There are currently 2 archive configurations saved." in await at.lines(
            "show archive"
        )


async def test_differences_stand_below_their_sections() -> None:
    before = "hostname A\ninterface Tunnel0\n ip mtu 1400\n!\nrouter bgp 1\n x\nend\n"
    after = "hostname A\ninterface Tunnel0\n ip mtu 1360\n!\nrouter ospf 1\n y\nend\n"
    assert differences(before, after) == (
        "!Contextual Config Diffs:\n"
        "interface Tunnel0\n +ip mtu 1360\n+router ospf 1\n +y\n"
        "interface Tunnel0\n -ip mtu 1400\n-router bgp 1\n -x\n"
    )
    async with archiving() as at:
        same = "show archive config differences system:running-config system:running-config"
        assert "!Contextual Config Diffs:\n!No changes were found\n" in await at.lines(same)


async def test_a_lock_keeps_others_out_until_it_is_left() -> None:
    async with console() as at:
        other = Console(at.router)
        await at.lines("configure terminal lock")
        said: list[str] = []
        other.vty.shell.write = said.append
        await other.vty.shell.submit("configure terminal")
        assert said[0].startswith("Configuration mode is locked by process '0' user 'admin'")
        await other.vty.shell.submit("show configuration lock")
        assert "Type              : EXCLUSIVE\n" in said[1]
        await at.lines("end")
        await other.vty.shell.submit("configure terminal")
        assert other.vty.shell.configuring


async def test_a_reload_is_scheduled_shown_and_cancelled() -> None:
    async with console() as at:
        assert "No reload is scheduled." in await at.lines("show reload")
        screen = await at.lines("reload in 10", "no")
        assert "System configuration has been modified. Save? [yes/no]: " in screen
        assert "Reload scheduled in 10 minutes by admin on vty0\nReload reason" in screen
        await at.lines("")
        assert "Reload scheduled in 9 minutes and 59 seconds by" in await at.lines("show reload")
        assert "%SYS-5-SCHEDULED_RELOAD: Reload requested for " in log(at)
        await at.lines("reload cancel")
        assert "%SYS-5-SCHEDULED_RELOAD_CANCELLED:  Scheduled reload cancelled at" in log(at)
        assert "%No reload is currently scheduled." in await at.lines("reload cancel")


async def test_a_scheduled_reload_comes() -> None:
    async with console(minute=0.02) as at:
        came = asyncio.Event()
        at.router.reload = came.set
        await at.lines("reload in 2", "no", "")
        await asyncio.wait_for(came.wait(), 5)
        assert at.router.reloading.due is None
        assert "%SYS-5-RELOAD: Reload requested by admin on vty0. Reload Reason" in log(at)


async def test_files_are_kept_read_and_deleted() -> None:
    async with archiving() as at:
        assert "Destination filename [copy]? " in await at.lines("copy run flash:copy", "")
        assert "hostname R1" in await at.lines("more flash:copy")
        assert " copy\n" in await at.lines("dir flash:")
        await at.lines("delete flash:copy")
        assert "%Error opening flash:copy (No such file" in await at.lines("more flash:copy")


async def test_configuration_mode_can_lock_itself() -> None:
    async with console() as at:
        await at.lines("conf t", "configuration mode exclusive auto", "end", "conf t")
        assert at.router.locked_by is at.vty.shell
