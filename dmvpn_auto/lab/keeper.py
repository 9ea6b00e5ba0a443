"""The world's side of the node keeper (see nodes.py): make a node, run a program in it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dmvpn_auto.lab import nodes

Sink = Callable[[bytes], None]


class StartError(Exception):
    """A node or a program in it could not be started."""


@dataclass(slots=True)
class Running:
    """A program that runs in a node."""

    _nodes: Nodes
    _process: int
    _status: asyncio.Future[int]
    _outputs: tuple[asyncio.Future[None], ...]

    async def wait(self) -> int:
        """Return its exit status (minus the signal when one ended it), all output delivered."""
        status = await asyncio.shield(self._status)
        # A program may leave a daemon behind that holds the pipes open.
        await asyncio.wait(self._outputs, timeout=1)
        return status

    async def end(self) -> None:
        """End the program and its children."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            await self._nodes.ask(
                {"op": "signal", "process": self._process, "signal": int(number)}, ()
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._status), 2)
                return


class Nodes:
    """The keeper process and the requests under way."""

    def __init__(self, channel: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._channel = channel
        self._process = process
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._statuses: dict[int, asyncio.Future[int]] = {}

    @classmethod
    async def open(cls) -> Nodes:
        """Start the keeper."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-S", nodes.__file__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        ours.setblocking(False)
        keeper = cls(ours, process)
        asyncio.get_running_loop().add_reader(ours, keeper._receive)
        return keeper

    def _receive(self) -> None:
        data = self._channel.recv(1 << 16)
        if not data:
            asyncio.get_running_loop().remove_reader(self._channel)
            waiting: list[asyncio.Future[Any]] = [
                *self._answers.values(),
                *self._statuses.values(),
            ]
            for future in waiting:
                if not future.done():
                    future.set_exception(StartError("the keeper of the nodes has died"))
            return
        answer = json.loads(data)
        number = answer.pop("number")
        if "status" in answer:
            self._statuses.pop(number).set_result(answer["status"])
        else:
            self._answers.pop(number).set_result(answer)

    async def ask(
        self, request: dict[str, Any], files: tuple[int, ...], *, ends: bool = False
    ) -> dict[str, Any]:
        """Send a request; with `ends`, a status will follow under the same number."""
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        answer = self._answers[number] = loop.create_future()
        if ends:
            self._statuses[number] = loop.create_future()
        message = json.dumps({"number": number, **request}).encode()
        socket.send_fds(self._channel, [message], list(files))
        told: dict[str, Any] = await answer
        if "error" in told:
            self._statuses.pop(number, None)
            raise StartError(told["error"])
        return {"number": number, **told}

    async def make(self, node: dict[str, Any], run_dir: Path) -> int:
        """Make a node's namespaces; return the process that holds them."""
        wanted = {
            "name": node["name"],
            "run_dir": str(run_dir),
            "binds": node["binds"],
            "sysctls": node["sysctls"],
        }
        try:
            return int((await self.ask({"op": "node", "node": wanted}, ()))["holder"])
        except StartError as error:
            raise StartError(f"{node['name']}: {error}") from None

    async def start(
        self,
        holder: int,
        argv: list[str],
        env: dict[str, str],
        output: Sink,
        errors: Sink | None = None,
    ) -> Running:
        """Start a program in the node that `holder` holds."""
        loop = asyncio.get_running_loop()
        null = os.open(os.devnull, os.O_RDONLY)
        pipes = (os.pipe(), os.pipe())
        try:
            files = (null, pipes[0][1], pipes[1][1])
            request = {
                "op": "start",
                "holder": holder,
                "argv": argv,
                "env": {**os.environ, **env},
            }
            told = await self.ask(request, files, ends=True)
        finally:
            for file in (null, pipes[0][1], pipes[1][1]):
                os.close(file)
        outputs = tuple(
            asyncio.ensure_future(_drain(loop, read, sink))
            for (read, _), sink in zip(pipes, (output, errors or output), strict=True)
        )
        return Running(self, told["process"], self._statuses[told["number"]], outputs)


async def _drain(loop: asyncio.AbstractEventLoop, file: int, sink: Sink) -> None:
    """Hand over what comes out of a pipe until it is closed."""
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(file, "rb", 0)
    )
    try:
        while chunk := await reader.read(1 << 16):
            sink(chunk)
    finally:
        transport.close()
