"""All that one verification saw, in a form that can be kept: verdicts come from it alone.

Stages: `rest` (the cloud at rest), then, where shortcuts were proven with traffic, `before` it and
`after` it. As files it is one text for each router and command, `STAGE/DEVICE/COMMAND.txt`, and
`index.json`, which says whose cloud, when, by which version, which command is in which file and
why one is missing. Everything in it was stripped of secrets when it was collected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from dmvpn_auto.errors import InputError
from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.verify.evidence import Evidence, Missing, Output
from dmvpn_auto.verify.routers import WireCount

INDEX = "index.json"
FORMAT = 1
_EMPTY = Evidence({})
Names = tuple[str, ...]
"""Two spokes by name: where packets come from, where they go; the family where there are two."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the proof of the shortcuts saw; `tried` are the pairs it sent packets between.

    `cleared` are those, in either direction, whose older NHRP entries were cleared before.
    """

    tried: tuple[Names, ...]
    cleared: tuple[Names, ...]
    before: Evidence
    after: Evidence
    wire_before: WireCount | None = None
    wire_after: WireCount | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Evidence of one cloud, taken at `time` (ISO 8601, UTC; "" unknown) by version `tool`.

    `pairs` says which shortcuts were asked for ("ring", "all", "none"); `design` is a fingerprint
    of the design at that time ("" unknown).
    """

    cloud: str
    devices: tuple[str, ...]
    rest: Evidence
    traffic: Traffic | None = None
    time: str = ""
    tool: str = ""
    pairs: str = "none"
    seconds: float = 0.0
    design: str = ""


def to_files(recording: Recording) -> dict[str, str]:
    """Return the recording as texts by relative path, the index last."""
    files: dict[str, str] = {}
    traffic = recording.traffic
    stages = {"rest": recording.rest}
    if traffic:
        stages |= {"before": traffic.before, "after": traffic.after}
    index: dict[str, Any] = {
        "format": FORMAT,
        "cloud": recording.cloud,
        "time": recording.time,
        "tool": recording.tool,
        "design": recording.design,
        "seconds": recording.seconds,
        "devices": list(recording.devices),
        "pairs": recording.pairs,
        "stages": {stage: _stage(stage, found, files) for stage, found in stages.items()},
    }
    if traffic:
        index["traffic"] = {
            "tried": [list(pair) for pair in traffic.tried],
            "cleared": [list(pair) for pair in traffic.cleared],
            "wire": [_wire(traffic.wire_before), _wire(traffic.wire_after)],
        }
    files[INDEX] = json.dumps(index, indent=1) + "\n"
    return files


def _stage(stage: str, evidence: Evidence, files: dict[str, str]) -> dict[str, Any]:
    return {
        device: {
            command: _kept(f"{stage}/{_word(device)}", found, files)
            for command, found in outputs.items()
        }
        for device, outputs in evidence.outputs.items()
    }


def _kept(folder: str, found: Output | Missing, files: dict[str, str]) -> dict[str, Any]:
    if isinstance(found, Missing):
        return {"missing": found.reason, "unreachable": found.unreachable}
    path = name = f"{folder}/{_word(found.command)}"
    number = 1
    while f"{path}.txt" in files:
        number += 1
        path = f"{name}-{number}"
    files[f"{path}.txt"] = found.text
    lines, last = _end(found.text)
    return {"file": f"{path}.txt", "lines": lines, "last": last}


def _end(text: str) -> tuple[int, str]:
    """Return how many lines there are, and a check sum of the last one that is not blank."""
    lines = text.rstrip().splitlines()
    return len(lines), f"{crc32(lines[-1].strip().encode()):08x}" if lines else ""


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.") or "unnamed"


def _wire(count: WireCount | None) -> dict[str, Any] | None:
    if count is None:
        return None
    return {"gre": count.gre, "esp": count.esp, "lines": list(count.lines)}


def from_files(files: Mapping[str, str], where: str) -> Recording:
    """Read back what `to_files` gave; `where` is the folder, for errors.

    Raises InputError for an index that says something else, naming the file.
    """
    place = f"{where}/{INDEX}"
    try:
        index = json.loads(files[INDEX])
    except json.JSONDecodeError as error:
        raise InputError(
            f"is no JSON: {error.msg}", where=f"{place}:{error.lineno}", stage="evidence",
            hint="save the evidence again",
        ) from None  # fmt: skip
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        said = index.get("format") if isinstance(index, dict) else None
        raise InputError(
            f"format {said!r}, this version reads {FORMAT}", where=place, stage="evidence",
            hint="read it with the version that wrote it, or save the evidence again",
        )  # fmt: skip
    try:
        return _recording(index, files, where)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"does not say what it must ({type(error).__name__}: {error})", where=place,
            stage="evidence", hint="save the evidence again",
        ) from None  # fmt: skip


def _recording(index: dict[str, Any], files: Mapping[str, str], where: str) -> Recording:
    stages = {
        stage: _evidence(found, files, where) for stage, found in dict(index["stages"]).items()
    }
    return Recording(
        cloud=str(index["cloud"]),
        devices=tuple(map(str, index["devices"])),
        rest=stages["rest"],
        traffic=_traffic(index["traffic"], stages) if "traffic" in index else None,
        time=str(index["time"]),
        tool=str(index["tool"]),
        pairs=str(index["pairs"]),
        seconds=float(index["seconds"]),
        design=str(index["design"]),
    )


def _traffic(told: dict[str, Any], stages: Mapping[str, Evidence]) -> Traffic:
    before, after = told["wire"]
    return Traffic(
        tried=tuple((a, b, *family) for a, b, *family in told["tried"]),
        cleared=tuple((a, b, *family) for a, b, *family in told["cleared"]),
        before=stages.get("before", _EMPTY),
        after=stages.get("after", _EMPTY),
        wire_before=_count(before),
        wire_after=_count(after),
    )


def _count(told: dict[str, Any] | None) -> WireCount | None:
    if told is None:
        return None
    return WireCount(int(told["gre"]), int(told["esp"]), tuple(told["lines"]))


def _evidence(stage: dict[str, Any], files: Mapping[str, str], where: str) -> Evidence:
    return Evidence(
        {
            device: {
                command: _found(command, kept, files, where) for command, kept in outputs.items()
            }
            for device, outputs in stage.items()
        }
    )


def _found(
    command: str, kept: dict[str, Any], files: Mapping[str, str], where: str
) -> Output | Missing:
    if "missing" in kept:
        return Missing(str(kept["missing"]), unreachable=bool(kept["unreachable"]))
    path = str(kept["file"])
    if path not in files:
        raise InputError(
            f"is missing; {INDEX} says that it holds {command!r}", where=f"{where}/{path}",
            stage="evidence", hint="bring the file back, or save the evidence again",
        )  # fmt: skip
    lines, last = _end(files[path])
    told = int(kept.get("lines", 0))
    cut = ""
    if lines < told and last != kept["last"]:
        cut = f"{path} holds {lines} of {told} lines: it was cut off"
    return Output(command, hide(files[path]), cut)
