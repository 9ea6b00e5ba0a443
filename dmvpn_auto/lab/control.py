"""Orders to a running lab: the client on the host, and the words both sides use.

The control socket lies in the lab's state folder (its folder's mode is the access control). Each
order and each answer is a line of JSON; an order has an `op`, the last answer to it has `done`.
Ops: `status`, `live` (a router's state), `exec` (answers with output as it comes), `impair`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dmvpn_auto.errors import LabError, UsageError
from dmvpn_auto.lab.state import LabFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCounters:
    """Packets which the WAN router has forwarded since the lab came up, by kind."""

    gre: int  # plain, not protected
    esp: int
    ike: int  # UDP port 500
    nat_t: int  # UDP port 4500
    raw: tuple[str, ...]  # the lines of iptables they were read from


class Lab:
    """A connection to a running lab."""

    def __init__(self, folder: LabFolder, stream: socket.socket) -> None:
        self._folder = folder
        self._stream = stream
        self._reader = stream.makefile("rb")

    def status(self) -> dict[str, Any]:
        """Return the nodes with role, phase and failure, as the lab knows them."""
        return self._ask({"op": "status"})

    def live(self, node: str) -> dict[str, Any]:
        """Return the live state of a router: `dmvpn`, `ike`, `ipsec`, `nhs`, `tunnels`."""
        return self._ask({"op": "live", "node": node})

    def impair(self, node: str, *, loss: int) -> dict[str, Any]:
        """Lose `loss` per cent of the packets on the WAN link of a node, both ways; 0 heals."""
        return self._ask({"op": "impair", "node": node, "loss": loss})

    def exec(
        self,
        node: str,
        argv: list[str],
        output: Callable[[bytes], None],
        errors: Callable[[bytes], None] | None = None,
    ) -> int:
        """Run a Linux program in a node's namespaces; return its exit status.

        Its output is handed over as it comes. When this end goes away, the program is ended.
        """
        self._send({"op": "exec", "node": node, "argv": argv})
        while True:
            answer = self._receive()
            if "out" in answer:
                output(base64.b64decode(answer["out"]))
            elif "err" in answer:
                (errors or output)(base64.b64decode(answer["err"]))
            else:
                return int(answer["status"])

    def wire(self, node: str = "wan") -> WireCounters:
        """Read the witness counters of the WAN router."""
        printed = bytearray()
        argv = ["iptables-legacy", "-nvxL", "FORWARD"]
        status = self.exec(node, argv, printed.extend)
        text = printed.decode(errors="replace")
        counts: dict[str, int] = {}
        raw = []
        for line in text.splitlines():
            named = re.match(r"\s*(\d+)\s+\d+\s.*/\* (gre|esp|ike|nat-t) \*/", line)
            if named:
                counts[named[2].replace("-", "_")] = int(named[1])
                raw.append(line.strip())
        if status != 0 or set(counts) != {"gre", "esp", "ike", "nat_t"}:
            raise LabError(
                f"node {node} has no witness counters: {text.strip()[-200:]}", stage="wire"
            )
        return WireCounters(**counts, raw=tuple(raw))

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self._send(order)
        return self._receive()

    def _send(self, order: dict[str, Any]) -> None:
        try:
            self._stream.sendall(json.dumps(order).encode() + b"\n")
        except OSError as error:
            raise self._gone() from error

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._reader.readline()
        except TimeoutError:
            raise LabError(
                "the lab does not answer", where=self._folder.path.name, hint="dmvpn-auto lab up"
            ) from None
        except OSError as error:
            raise self._gone() from error
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            if answer.get("usage"):
                raise UsageError(answer["failed"])
            raise LabError(answer["failed"], where=answer.get("node", ""))
        return answer

    def _gone(self) -> LabError:
        return LabError(
            "the lab is not up or has just died",
            where=self._folder.path.name,
            hint="`dmvpn-auto lab up` brings it up (again)",
        )


@contextlib.contextmanager
def open_lab(folder: Path | LabFolder, *, timeout: float | None = 60) -> Iterator[Lab]:
    """Connect to the lab whose state folder is `folder`; `timeout` is for each answer, seconds.

    Raises LabError when it is not up.
    """
    lab = folder if isinstance(folder, LabFolder) else LabFolder(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(timeout)
        try:
            # Through the descriptor: socket addresses are shorter than paths may be.
            place = os.open(lab.path, os.O_PATH | os.O_DIRECTORY)
            try:
                stream.connect(f"/proc/self/fd/{place}/{lab.control.name}")
            finally:
                os.close(place)
        except OSError:
            raise LabError(
                "the lab is not up",
                where=lab.path.name,
                hint="`dmvpn-auto lab up` brings it up",
            ) from None
        yield Lab(lab, stream)
