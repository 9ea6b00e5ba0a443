"""One session and many: our push against netmiko's default, on routers that cost nothing.

The routers are the tests' SSH double in a process of its own; 20 ms is the round trip through a
proxy. What is compared is what a user gets: connected, 137 lines accepted, configuration mode left.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from netmiko import ConnectHandler

from bench.rows import Row, median_seconds
from dmvpn_auto.device.login import open_session
from tests.doubles.ios_server import PASSWORD, TRUSTING, USER

ROUTERS, WORKERS = 40, 20
LINES = [
    line
    for tunnel in range(13)
    for line in (
        f"interface Tunnel{tunnel}",
        f"ip address 10.{tunnel}.0.1 255.255.255.0",
        "ip mtu 1400",
        "ip nhrp network-id 1",
        "ip nhrp holdtime 600",
        "ip tcp adjust-mss 1360",
        "tunnel source GigabitEthernet1",
        "tunnel mode gre multipoint",
        f"tunnel key {tunnel}",
        "exit",
    )
] + [f"ip route 10.99.{n}.0 255.255.255.0 Null0" for n in range(7)]


def run() -> Iterator[Row]:
    """Yield connect and push at two round trips, then a fleet."""
    with _routers() as (near, far):
        for name, port, runs in (("0", near, 5), ("20", far, 3)):
            ours, theirs = [], []
            for _ in range(runs):
                ours.append(_our_session(port))
                theirs.append(_netmiko_session(port))
            for index, what in enumerate(("connect", f"push {len(LINES)} lines")):
                fast = sorted(times[index] for times in ours)[runs // 2]
                slow = sorted(times[index] for times in theirs)[runs // 2]
                yield Row(f"{what}, round trip {name} ms", fast, "netmiko", slow)
        fleet = median_seconds(lambda: _all(_our_session, near), runs=3)
        base = median_seconds(lambda: _all(_netmiko_session, near), runs=1)
        yield Row(f"{ROUTERS} routers, {WORKERS} threads", fleet, "netmiko", base)


def _all(work: object, port: int) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, [port] * ROUTERS))  # type: ignore[arg-type]  # one of the two below


def _our_session(port: int) -> tuple[float, float]:
    started = time.perf_counter()
    session = open_session(
        "r1", hostname="127.0.0.1", port=port, username=USER, password=PASSWORD, extras=TRUSTING
    )
    connected = time.perf_counter()
    session.push(LINES)
    pushed = time.perf_counter()
    session.close()
    return connected - started, pushed - connected


def _netmiko_session(port: int) -> tuple[float, float]:
    started = time.perf_counter()
    connection = ConnectHandler(
        device_type="cisco_ios", host="127.0.0.1", port=port, username=USER, password=PASSWORD
    )
    connected = time.perf_counter()
    connection.send_config_set(LINES)
    pushed = time.perf_counter()
    connection.disconnect()
    return connected - started, pushed - connected


@contextmanager
def _routers() -> Iterator[tuple[int, int]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.ios_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        near, far = (server.stdout.readline() if server.stdout else "").split()
        yield int(near), int(far)
    finally:
        server.communicate()
