"""Any text to any parser ends in a reading, soon; a cut output never looks whole and shorter."""

from __future__ import annotations

import time
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dmvpn_auto.observe import Reading, parse, sections, to_json
from dmvpn_auto.observe.detection import decode, detect
from dmvpn_auto.observe.index import readable
from dmvpn_auto.report.readings import write_reading
from tests.unit.show_samples import SAMPLES

NAMES = [command.name for command in readable()]
LINES = sorted({line for text in SAMPLES.values() for line in text.splitlines() if line})
LINE = st.sampled_from(LINES)
MIXED = st.lists(
    st.one_of(
        LINE,
        st.text(max_size=80),
        st.tuples(LINE, st.integers(0, 80)).map(lambda cut: cut[0][: cut[1]]),
        st.tuples(LINE, LINE).map(" ".join),
    ),
    max_size=25,
).map("\n".join)
COUNTED = {
    "show dmvpn": "peers",
    "show dmvpn detail": "peers",
    "show ip route": "routes",
    "show ipv6 route vrf RED": "routes",
    "show archive": "files",
}
ENDED = (
    "show running-config",
    "show crypto ipsec sa detail",
    "show crypto ikev2 sa detailed",
    "show crypto ikev2 session detailed",
    "show ip route vrf RED 10.3.0.10",
    "show ip ospf",
)
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows(reading: Reading) -> int:
    left_out = {"unparsed", "warnings", "lines"}
    return sum(
        len(value)
        for f in fields(reading)
        if f.name not in left_out and isinstance(value := getattr(reading, f.name), tuple)
    )


def use(reading: Reading) -> None:
    """Do with a reading what everybody does."""
    to_json(reading)
    write_reading(reading)


@QUICK
@given(command=st.sampled_from(NAMES), text=MIXED)
def test_lines_of_all_commands_in_any_order_are_no_crash(command: str, text: str) -> None:
    use(parse(command, text))


@QUICK
@given(command=st.sampled_from(NAMES), data=st.binary(max_size=400))
def test_any_bytes_are_no_crash(command: str, data: bytes) -> None:
    use(parse(command, data.decode("utf-8", errors="replace")))
    decode(data)


@QUICK
@given(text=MIXED)
def test_any_session_log_is_cut_at_its_commands_and_no_line_comes_twice(text: str) -> None:
    detect(text)
    kept = [line for s in sections(text) for line in s.text.split("\n") if line]
    source = [line.rstrip() for line in text.replace("\r", "\n").split("\n") if line.rstrip()]
    assert len(kept) <= len(source)


@pytest.mark.parametrize(("command", "counted"), COUNTED.items())
def test_what_the_router_counts_is_never_silently_short(command: str, counted: str) -> None:
    """Every prefix, cut anywhere: whole means all the rows."""
    text = SAMPLES[command]
    full = len(getattr(parse(command, text), counted))
    assert full
    for end in range(1, len(text)):
        cut = text[:end].strip()
        if "Gateway" in text and "subnetted" in text and "subnetted" not in cut and "S*" in cut:
            continue  # in front of the line that counts
        if not cut or cut.endswith("=" * 20):  # a legend without rows: a hub nobody registered at
            continue
        reading = parse(command, cut)
        assert not reading.complete or len(getattr(reading, counted)) == full, cut[-80:]


@pytest.mark.parametrize("command", ENDED)
def test_an_output_with_an_end_is_not_whole_without_it(command: str) -> None:
    lines = SAMPLES[command].rstrip().splitlines()
    full = rows(parse(command, "\n".join(lines)))
    for end in range(2, len(lines) // 2):
        reading = parse(command, "\n".join(lines[:end]))
        assert not reading.complete or rows(reading) < max(full, 1), lines[end - 1]


@pytest.mark.parametrize("other", [c for c in SAMPLES if c != "show dmvpn"])
def test_two_outputs_in_one_another_are_not_whole(other: str) -> None:
    """A peer table with lines of another answer between its rows."""
    mine = SAMPLES["show dmvpn"].splitlines()
    theirs = [line for line in SAMPLES[other].splitlines() if line.strip()][:40]
    mixed = [line for pair in zip(mine, theirs, strict=False) for line in pair]
    text = "\n".join(mixed + mine[len(theirs) :])
    if other.startswith("show dmvpn"):
        return  # the same grammar: only the counts can tell
    assert not parse("show dmvpn", text).complete


HOSTILE = (
    "a",
    "1",
    " ",
    ".",
    ":",
    "1 ",
    "10.0.0.1 ",
    "ab:",
    "%A-",
    "-",
    "1:",
    "[1/0] ",
    "via ",
    "D ",
    "x",
    "a ",
    "_",
)


@pytest.mark.parametrize("command", NAMES)
def test_hostile_lines_take_no_time(command: str) -> None:
    """Lines made to send an expression back and forth: long ones are not even tried."""
    for piece in HOSTILE:
        for length in (499, 200_000):
            for head in ("", "Tunnel0 "):
                started = time.perf_counter()
                parse(command, f"{head}{piece * length}"[:length] + "!")
                assert time.perf_counter() - started < 2
