"""charon's control socket (vici) on an asyncio loop.

Requests go one by one; replies that come as a stream of events (list-sas) are gathered; other
events go to one handler. Framing and messages are those of strongSwan's own Python client; its
blocking transport would stop every other router of the world.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vici.protocol import FiniteStream, Message, Packet

from dmvpn_auto.errors import LabError

Value = str | list[str] | dict[str, "Value"]
Event = Callable[[str, dict[str, Any]], None]

# The library has no annotations; these are the few functions that we use.
_register: Callable[[str], bytes] = Packet.register_event
_unregister: Callable[[str], bytes] = Packet.unregister_event
_request: Callable[[str, bytes], bytes] = Packet.request
_serialize: Callable[[Mapping[str, Value]], bytes] = Message.serialize
_deserialize: Callable[[FiniteStream], dict[str, Any]] = Message.deserialize


class CharonGoneError(LabError):
    """charon ended, or was ended, before it answered."""

    def __init__(self) -> None:
        super().__init__("charon is gone", stage="dataplane")


class Vici:
    """One connection to one charon; raises CharonGoneError when it ends before it has answered."""

    def __init__(self, path: Path, on_event: Event, on_end: Callable[[], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._on_end = on_end
        self._lock = asyncio.Lock()
        self._reply: asyncio.Future[bytes] | None = None
        self._stream: list[dict[str, Any]] = []
        self._streaming = ""
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect; raises OSError while charon does not listen yet."""
        self._reader, self._writer = await asyncio.open_unix_connection(str(self._path))
        self._task = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Close the connection; who still waits for an answer hears that there will be none."""
        if self._task is not None:
            self._task.cancel()
            self._give_up()
            self._writer.close()
            self._task = None

    async def subscribe(self, *events: str) -> None:
        """Ask for events; they go to the handler."""
        async with self._lock:
            for event in events:
                await self._exchange(_register(event))

    async def request(self, command: str, message: Mapping[str, Value] | None = None) -> None:
        """Carry out a command; raises LabError with charon's words when it refuses."""
        async with self._lock:
            answer = await self._exchange(_request(command, _serialize(message or {})))
        if _text(answer.get("success", b"yes")) != "yes":
            raise LabError(f"charon: {command}: {_text(answer.get('errmsg', b'refused'))}")

    async def stream(
        self, command: str, event: str, message: Mapping[str, Value] | None = None
    ) -> list[dict[str, Any]]:
        """Carry out a command that answers with events; return them."""
        async with self._lock:
            self._streaming, self._stream = event, []
            await self._exchange(_register(event))
            await self._exchange(_request(command, _serialize(message or {})))
            await self._exchange(_unregister(event))
            self._streaming = ""
            return self._stream

    async def _exchange(self, packet: bytes) -> dict[str, Any]:
        """Send one packet, return the reply to it."""
        if self._task is None or self._task.done():
            raise CharonGoneError
        self._reply = asyncio.get_running_loop().create_future()
        self._writer.write(struct.pack("!I", len(packet)) + packet)
        return _message(await self._reply)

    async def _read(self) -> None:
        try:
            while True:
                (length,) = struct.unpack("!I", await self._reader.readexactly(4))
                self._take(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._give_up()
            self._on_end()

    def _give_up(self) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(CharonGoneError())

    def _take(self, packet: bytes) -> None:
        kind = packet[0]
        if kind == Packet.EVENT:
            end = 2 + packet[1]
            name = packet[2:end].decode()
            content = _deserialize(FiniteStream(packet[end:]))
            if name == self._streaming:
                self._stream.append(content)
            else:
                self._on_event(name, content)
        elif self._reply is not None and not self._reply.done():
            if kind in (Packet.CMD_UNKNOWN, Packet.EVENT_UNKNOWN):
                self._reply.set_exception(LabError("charon does not know this command"))
            else:
                self._reply.set_result(packet[1:])


def _message(body: bytes) -> dict[str, Any]:
    return dict(_deserialize(FiniteStream(body)))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
