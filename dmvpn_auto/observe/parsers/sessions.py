"""Crypto sessions, as `show crypto session` and `show dmvpn detail` print them."""

from __future__ import annotations

from typing import Any

from dmvpn_auto.observe.build import build
from dmvpn_auto.observe.engine import Record, Table, read_table
from dmvpn_auto.observe.evidence import (
    CryptoSession,
    CryptoSessions,
    DmvpnSession,
    SessionFlow,
    SessionIke,
)
from dmvpn_auto.observe.names import long_interface

_HEAD = (
    "INTERFACE", "HANDLE", "SESSION_ID", "PROFILE", "UPTIME", "STATUS", "PEER", "PEER_PORT", "FVRF",
    "IVRF", "PHASE1_ID", "DESCRIPTION", "USERNAME", "GROUP", "ASSIGNED_ADDRESS", "OUTBOUND_SPI",
    "TRANSFORM", "SOCKET_STATE",
)  # fmt: skip
_BRIEF = {"A": "UP-ACTIVE", "I": "UP-IDLE", "K": "UP-NO-IKE", "N": "DOWN-NEGOTIATING"}


class _Session:
    """One session while its lines are read."""

    def __init__(self) -> None:
        self.head: Record = dict.fromkeys(_HEAD, "")
        self.ike: list[Record] = []
        self.flows: list[Record] = []
        self.halves: list[str] = []  # of an SA whose other end is cut out
        self.lines: list[str] = []

    def starts_with(self, record: Record) -> bool:
        """Whether `record` belongs to the next session already."""
        if record["INTERFACE"]:
            return bool(self.lines)
        if self.head["SOCKET_STATE"]:  # the last line of a session of `show dmvpn`
            return True
        again = "HANDLE" if record["HANDLE"] else "STATUS" if record["STATUS"] else None
        return again is not None and bool(self.head[again])

    def add(self, record: Record, lines: tuple[str, ...]) -> None:
        self.lines.extend(lines)
        for name in _HEAD:
            if record[name]:
                self.head[name] = record[name]
        if record["LOCAL"] and record["REMOTE"]:
            self.ike.append(record)
        elif record["LOCAL"] or record["REMOTE"]:
            self.halves.extend(lines)
        elif record["CAPABILITIES"] and self.ike:
            self.ike[-1] = self.ike[-1] | {
                k: record[k] for k in ("CAPABILITIES", "CONNECTION_ID", "LIFETIME")
            }
        if record["FLOW"]:
            self.flows.append(record)
        elif (record["ACTIVE_SAS"] or record["DECRYPTED"] or record["ENCRYPTED"]) and self.flows:
            self.flows[-1] = self.flows[-1] | {k: v for k, v in record.items() if v}

    @property
    def empty(self) -> bool:
        """Whether it is a heading with nothing below."""
        return not any(v for k, v in self.head.items() if k not in {"INTERFACE", "HANDLE"})

    def parts(self) -> dict[str, Any]:
        """Return what all kinds of session have in common, ready for a row."""
        flows = tuple(build(SessionFlow, f) for f in self.flows)
        return {
            "ike": tuple(
                SessionIke(
                    version=int(r["VERSION"]) if r["VERSION"] else None,
                    local=r["LOCAL"],
                    local_port=int(r["LOCAL_PORT"]),
                    remote=r["REMOTE"],
                    remote_port=int(r["REMOTE_PORT"]),
                    active=r["ACTIVE"] == "Active",
                    capabilities=_named(r["CAPABILITIES"]),
                    connection_id=int(r["CONNECTION_ID"]) if r["CONNECTION_ID"] else None,
                    lifetime=r["LIFETIME"] or None,
                )
                for r in self.ike
            ),
            "flows": tuple(f for f in flows if f is not None),
            "lines": tuple(self.lines),
        } | {name.lower(): _named(self.head[name]) for name in ("FVRF", "IVRF", "PHASE1_ID")}

    @property
    def cut(self) -> bool:
        """Whether a flow misses its SAs: the output ends in the middle."""
        return any(not f["ACTIVE_SAS"] for f in self.flows)


def _named(text: str) -> str | None:
    return None if text in {"", "(none)"} else text


def _fold(table: Table) -> list[_Session]:
    found = [_Session()]
    for record, lines in zip(table.records, table.lines, strict=True):
        if found[-1].starts_with(record):
            found.append(_Session())
        found[-1].add(record, lines)
    return [session for session in found if not session.empty]


def parse_session(command: str, lines: list[str]) -> CryptoSessions:
    """Read `show crypto session [detail]`; a session without peer or status is unread."""
    table = read_table("crypto_session", lines)
    sessions: list[CryptoSession] = []
    unparsed = list(table.unparsed)
    warnings = []
    for session in _fold(table):
        head, parts = session.head, session.parts()
        row = build(
            CryptoSession,
            head,
            **parts,
            active_sas=sum(flow.active_sas for flow in parts["flows"]),
            ike_active=any(ike.active for ike in parts["ike"]),
        )
        if row is None:
            unparsed.extend(session.lines)
            continue
        unparsed.extend(session.halves)
        sessions.append(row)
        if session.cut:
            warnings.append(f"the session with {row.peer} is cut off after its flow")
    return CryptoSessions(
        command=command,
        sessions=tuple(sessions),
        unparsed=tuple(unparsed),
        warnings=tuple(warnings),
    )


def parse_brief(command: str, lines: list[str]) -> CryptoSessions:
    """Read `show crypto session brief`; it has letters for the status and no SAs."""
    table = read_table("show_crypto_session_brief", lines)
    return CryptoSessions(
        command=command,
        sessions=tuple(
            CryptoSession(
                interface=long_interface(record["INTERFACE"]),
                status=_status(record["STATUS"]),
                peer=record["PEER"],
                profile=None,
                active_sas=0,
                ike_active=record["STATUS"].startswith("U") and "K" not in record["STATUS"],
                uptime=record["UPTIME"] or None,
                username=record["USERNAME"] or None,
                phase1_id=record["PHASE1_ID"] or None,
                ivrf=_named(record["IVRF"]),
                lines=origin,
            )
            for record, origin in zip(table.records, table.lines, strict=True)
        ),
        unparsed=table.unparsed,
    )


def _status(letters: str) -> str:
    return next((word for letter, word in _BRIEF.items() if letter in letters), "DOWN")


def dmvpn_sessions(lines: list[str]) -> tuple[tuple[DmvpnSession, ...], list[str]]:
    """Return the sessions among the lines of `show dmvpn detail`, and what is wrong with them."""
    sessions: list[DmvpnSession] = []
    warnings = []
    for session in _fold(read_table("crypto_session", lines)):
        head, parts = session.head, session.parts()
        peer = next((ike.remote for ike in parts["ike"]), None)
        if peer is None and parts["flows"]:
            peer = _destination(parts["flows"][0].flow)
        parts.pop("ivrf")
        sessions.append(
            DmvpnSession(
                interface=head["INTERFACE"] or None,
                status=head["STATUS"] or None,
                peer=peer,
                session_id=int(head["SESSION_ID"]) if head["SESSION_ID"] else None,
                outbound_spi=head["OUTBOUND_SPI"].replace("0x ", "0x0") or None,
                transform=head["TRANSFORM"] or None,
                socket_state=head["SOCKET_STATE"] or None,
                **parts,
            )
        )
        warnings += [f"not understood: {line.strip()}" for line in session.halves]
        if not head["SOCKET_STATE"]:
            warnings.append(f"the crypto session with {peer} is cut off before its socket state")
    return tuple(sessions), warnings


def _destination(flow: str) -> str | None:
    _, host, address = flow.rpartition("host ")
    return address.split()[0] if host and address else None
