"""IosModel behind a real SSH server on loopback, and a proxy that adds latency, for the tests of
the session.

The server echoes as IOS does: a line when its parser reads it, not when it arrives. It can be told
to misbehave.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from tests.doubles.ios_model import INVALID, IosModel

USER, PASSWORD = "admin", "canary-password"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
TRUSTING: dict[str, Any] = {"ssh_strict": False}
"""Connection options of a test that is not about host keys."""
HOST_KEY_TEXT = HOST_KEY.export_public_key().decode().strip()


@dataclass
class Behaviour:
    """What the server does; the defaults are those of a healthy router."""

    hostname: str = "r1"
    banner: str = ""
    enable_secret: str | None = None
    delay: float = 0.0  # s for each line, as a slow parser or a AAA server would take
    close_at: str | None = None  # ends the session in place of an answer to this line
    stall_at: str | None = None  # never answers this line
    garble: str | None = None  # loses the second character of this line
    asks: dict[str, str] = field(default_factory=dict)  # line -> question
    shows: dict[str, str] = field(default_factory=dict)  # exec command -> output
    log: dict[str, str] = field(default_factory=dict)  # line -> log line printed before its prompt
    saves: bool = True
    config_locked: bool = False


class IosServer:
    """A router at 127.0.0.1:`port`; `typed` is every line it read, `logins` counts attempts."""

    def __init__(self, behaviour: Behaviour, model: IosModel) -> None:
        self.behaviour = behaviour
        self.model = model
        self.typed: list[str] = []
        self.saved: list[str] = []
        self.logins = 0
        self.sessions = 0
        self.refuses = False  # whoever wants to log in
        self.port = 0

    async def process(self, process: asyncssh.SSHServerProcess[str]) -> None:
        """Serve one session."""
        self.sessions += 1
        with contextlib.suppress(
            asyncssh.BreakReceived, asyncssh.TerminalSizeChanged, ConnectionError
        ):
            await _Terminal(self, process).serve()
        process.exit(0)


class _Terminal:
    def __init__(self, server: IosServer, process: asyncssh.SSHServerProcess[str]) -> None:
        self.server = server
        self.process = process
        self.ahead = ""  # typed and not read yet
        self.privileged = server.behaviour.enable_secret is None
        self.configuring = False
        self.model = IosModel(server.model.config)  # its own mode, the router's configuration
        self.model.refuse = server.model.refuse

    def write(self, text: str) -> None:
        self.process.stdout.write(text.replace("\n", "\r\n"))

    def prompt(self) -> str:
        mode = f"({self.model.mode})" if self.configuring else ""
        named = (line[9:] for line in self.model.config if line.startswith("hostname "))
        name = next(named, self.server.behaviour.hostname)[:20]
        return f"{name}{mode}{'#' if self.privileged else '>'}"

    async def read_line(self, *, echo: bool = True) -> str | None:
        line = ""
        quoted = False
        while True:
            if not self.ahead:
                self.ahead = await self.process.stdin.read(4096)
            if not self.ahead:
                return None
            char, self.ahead = self.ahead[0], self.ahead[1:]
            if char in "\r\n":
                break
            if char == "\x16":
                quoted = True
            elif char == "?" and not quoted:
                self.write(f"{line}?\n  LINE  help\n{self.prompt()}")
            else:
                line, quoted = line + char, False
        if line == self.server.behaviour.garble:
            line = line[:1] + line[2:]
        self.write(line + "\n" if echo else "\n")
        return line

    async def serve(self) -> None:
        behaviour = self.server.behaviour
        self.write(f"{behaviour.banner}\n{self.prompt()}")
        while (line := await self.read_line()) is not None:
            self.server.typed.append(line)
            await asyncio.sleep(behaviour.delay)
            if line == behaviour.close_at:
                return
            if line == behaviour.stall_at:
                await self.process.stdin.read()
                return
            if question := behaviour.asks.get(line):
                self.write(question)
                await self.read_line(echo=False)
            answer = await self.answer(line.strip())
            if answer is None:
                return
            if log := behaviour.log.get(line):
                answer += f"\n{log}"
            self.write(f"{answer.rstrip(chr(10))}\n{self.prompt()}" if answer else self.prompt())

    async def answer(self, line: str) -> str | None:
        if not line or line.startswith(("terminal ", "!")):
            return ""
        if self.configuring:
            return self.configure(line)
        return await self.execute(line)

    def configure(self, line: str) -> str:
        if line == "end" or (line == "exit" and not self.model.path):
            self.configuring = False
        said = self.model.type(line)
        return f"      ^\n{said}\n" if said == INVALID else said

    async def execute(self, line: str) -> str | None:
        behaviour, model = self.server.behaviour, self.server.model
        if line == "enable":
            self.write("Password: ")
            self.privileged = await self.read_line(echo=False) == behaviour.enable_secret
            return "" if self.privileged else "% Access denied\n"
        if line == "configure terminal":
            if behaviour.config_locked:
                return "Configuration mode is locked by process '3' user 'other'. Please try later."
            self.configuring = True
            return "Enter configuration commands, one per line.  End with CNTL/Z."
        if line == "show running-config":
            return model.show()
        if line == "write memory":
            if not behaviour.saves:
                return "startup-config file open failed (Not enough space)"
            self.server.saved.append(model.show())
            return "Building configuration...\n[OK]"
        if line == "exit":
            return None
        return behaviour.shows.get(line, f"       ^\n{INVALID}\n")


class _Access(asyncssh.SSHServer):
    def __init__(self, server: IosServer) -> None:
        self.server = server

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.server.logins += 1
        return (username, password) == (USER, PASSWORD) and not self.server.refuses


@contextlib.contextmanager
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop beside the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.wait(others, timeout=5) if others else None


@contextlib.contextmanager
def ios_server(
    behaviour: Behaviour | None = None, model: IosModel | None = None
) -> Iterator[IosServer]:
    """Give a running IosServer."""
    server = IosServer(behaviour or Behaviour(), model or IosModel())

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[HOST_KEY],
            server_factory=lambda: _Access(server),
            process_factory=server.process,
            line_editor=False,
            encoding="utf-8",
        )

    with loop_thread() as loop:
        acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        server.port = acceptor.sockets[0].getsockname()[1]
        try:
            yield server
        finally:

            async def stop() -> None:
                acceptor.close()

            asyncio.run_coroutine_threadsafe(stop(), loop).result(5)


@contextlib.contextmanager
def latency(port: int, one_way: float) -> Iterator[int]:
    """Give a port that leads to `port` and delays every byte by `one_way` s in each direction."""
    servers: list[Any] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not data:
                    writer.close()
                    return
                writer.write(data)

        async def collect() -> None:
            while data := await reader.read(65536):
                queue.put_nowait((loop.time() + one_way, data))
            queue.put_nowait((loop.time() + one_way, b""))

        await asyncio.gather(deliver(), collect())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    async def start() -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        found: int = server.sockets[0].getsockname()[1]
        return found

    with loop_thread() as loop:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(5)
        loop.call_soon_threadsafe(servers[0].close)


def main() -> None:
    """Serve in a process of its own: print the ports at 0 and at 10 ms one way, end with stdin."""
    with ios_server() as server, latency(server.port, 0.01) as far:
        sys.stdout.write(f"{server.port} {far}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
