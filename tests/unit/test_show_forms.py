"""How IOS writes times and names."""

from __future__ import annotations

import pytest

from dmvpn_auto.lab.show.forms import age, clock, short, span, text

DAY, WEEK, YEAR = 86400, 604800, 31536000


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "never"),
        (0, "00:00:00"),
        (67.9, "00:01:07"),
        (DAY - 1, "23:59:59"),
        (DAY, "1d00h"),
        (DAY + 2 * 3600, "1d02h"),
        (WEEK - 1, "6d23h"),
        (WEEK + 2 * DAY, "1w2d"),
        (YEAR - 1, "52w0d"),
        (YEAR + 10 * WEEK, "1y10w"),
        (-3, "00:00:00"),
    ],
)
def test_age(seconds: float | None, written: str) -> None:
    assert age(seconds) == written


def test_clock_has_no_days() -> None:
    assert clock(100 * 3600 + 61) == "100:01:01"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (5, "0 minutes"),
        (60, "1 minute"),
        (DAY + 3600 * 2 + 300, "1 day, 2 hours, 5 minutes"),
        (YEAR + WEEK, "1 year, 1 week"),
    ],
)
def test_span(seconds: float, written: str) -> None:
    assert span(seconds) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [("Tunnel100", "Tu100"), ("GigabitEthernet0/0/1.20", "Gi0/0/1.20"), ("Loopback0", "Lo0")],
)
def test_short(name: str, written: str) -> None:
    assert short(name) == written


def test_no_line_is_no_text() -> None:
    assert text([]) == ""
    assert text(["a", ""]) == "a\n\n"
