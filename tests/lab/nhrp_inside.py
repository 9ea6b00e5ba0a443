"""Runs inside a lab kernel: a hub and spokes on one wire, plain GRE; prints what happened as JSON.

Argument: the name of a scenario. Each namespace `NAME` has eth0 (NBMA 203.0.113.X/24), gre1 (mGRE,
key 100, 10.255.0.X/24) and lan0 (10.X.0.1/24); the hub is X = 1, spoke N is X = 10 + N.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from dmvpn_auto.lab.nhrp import NhrpNode, NhsConfig, TunnelConfig

HUB = IPv4Address("10.255.0.1")
HUB_NBMA = IPv4Address("203.0.113.1")
NUMBERS = {"hub": 1, "spoke1": 11, "spoke2": 12, "spoke3": 13}


def run(*command: str, check: bool = True, given: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=given)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout} {done.stderr}")
    return done.stdout


def inside(name: str, *command: str, check: bool = True) -> str:
    return run("ip", "netns", "exec", name, *command, check=check)


def build(names: list[str], *, prefix: int = 24) -> None:
    lines = ["link add br0 type bridge", "link set br0 up"]
    for name in names:
        x = NUMBERS[name]
        lines += [
            f"netns add {name}",
            f"link add w{x} type veth peer name eth0 netns {name}",
            f"link set w{x} master br0 up",
        ]
    run("ip", "-batch", "-", given="\n".join(lines))
    for name in names:
        x = NUMBERS[name]
        lines = [
            "link set lo up",
            "link set eth0 up",
            f"addr add 203.0.113.{x}/24 dev eth0",
            f"link add gre1 type gre local 203.0.113.{x} key 100 ttl 64",
            f"addr add 10.255.0.{x}/{prefix} dev gre1",
            "link set gre1 up mtu 1400",
            "link add lan0 type dummy",
            f"addr add 10.{x}.0.1/24 dev lan0",
            "link set lan0 up",
        ]
        if name != "hub" and prefix == 24:
            lines.append("route add 10.0.0.0/8 via 10.255.0.1")
        if name == "hub" and prefix == 24:
            lines += [
                f"route add 10.{NUMBERS[n]}.0.0/24 via 10.255.0.{NUMBERS[n]}"
                for n in names
                if n != "hub"
            ]
        run("ip", "-n", name, "-batch", "-", given="\n".join(lines))
        inside(
            name,
            "sh",
            "-c",
            "cd /proc/sys/net/ipv4; echo 1 >ip_forward; for i in all gre1; do "
            "echo 0 >conf/$i/send_redirects; echo 0 >conf/$i/rp_filter; done",
        )


def config(name: str, **changes: Any) -> TunnelConfig:
    x = NUMBERS[name]
    hub = name == "hub"
    values: dict[str, Any] = {
        "interface": "Tunnel0",
        "device": "gre1",
        "address": IPv4Interface(f"10.255.0.{x}/24"),
        "nbma_source": IPv4Address(f"203.0.113.{x}"),
        "network_id": 1,
        "authentication": "canary42",
        "holdtime": 60,
        "redirect": hub,
        "shortcut": not hub,
        "multicast_dynamic": hub,
        "nhs": () if hub else (NhsConfig(address=HUB, nbma=HUB_NBMA, multicast=True),),
    }
    return TunnelConfig(**(values | changes))


async def until(true: Callable[[], Any], what: str, seconds: float = 20) -> float:
    """Wait for a condition; return how long it took."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > seconds:
            raise TimeoutError(what)
        await asyncio.sleep(0.02)
    return round(time.monotonic() - start, 2)


async def ping(name: str, source: str, target: str, *more: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", name, "ping", "-n", "-W", "1", "-I", source, *more, target),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return next((ln for ln in out.decode().splitlines() if "received" in ln), out.decode())


def flags(node: NhrpNode) -> dict[str, str]:
    return {str(e.target): f"{e.kind} {e.nbma} {' '.join(e.flags)}" for e in node.entries()}


def neighbours(name: str) -> dict[str, str]:
    found = json.loads(inside(name, "ip", "-j", "neigh", "show", "dev", "gre1"))
    return {n["dst"]: f"{n.get('lladdr')} {' '.join(n['state'])}" for n in found}


def shortcuts(name: str) -> list[str]:
    return [ln.strip() for ln in inside(name, "ip", "route", "show", "proto", "191").splitlines()]


async def start(names: list[str], **changes: Any) -> dict[str, NhrpNode]:
    nodes = {}
    for name in names:
        nodes[name] = NhrpNode(name)
        await nodes[name].configure([config(name, **changes)])
    for name in names:
        if name != "hub":
            await until(lambda n=name: nodes[n].nhs()[0].responding, f"{name} registered")
    return nodes


async def shortcut() -> dict[str, Any]:
    """Registration, redirect, shortcut both ways, one hop, refresh while used, clean close."""
    build(["hub", "spoke1", "spoke2"])
    found: dict[str, Any] = {}
    nodes = await start(["hub", "spoke1", "spoke2"])
    found["hub"] = flags(nodes["hub"])
    found["hub neighbours"] = neighbours("hub")
    found["before"] = shortcuts("spoke1")
    found["first ping"] = await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "3", "-i", "0.3")
    found["formed"] = await until(
        lambda: any(e.flags[-1:] == ("rib",) for e in nodes["spoke2"].entries()), "both ways"
    )
    found["spoke1"], found["spoke2"] = flags(nodes["spoke1"]), flags(nodes["spoke2"])
    found["routes"] = {n: shortcuts(n) for n in ("spoke1", "spoke2")}
    found["spoke1 neighbours"] = neighbours("spoke1")
    before = nodes["hub"].traffic()["Tunnel0"]
    rx = inside("hub", "cat", "/sys/class/net/gre1/statistics/rx_packets", check=False)
    found["second ping"] = await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "5", "-i", "0.2")
    found["hops"] = inside(
        "spoke1", "traceroute.db", "-n", "-s", "10.11.0.1", "-q", "1", "-m", "4", "10.12.0.1"
    ).splitlines()[1:]
    found["hub rx before"] = rx
    found["hub traffic"] = {k: v for k, v in before.items() if v}
    await nodes["spoke1"].clear(IPv4Address("10.12.0.1"))
    found["after clear"] = shortcuts("spoke1")
    for node in nodes.values():
        await node.close()
    found["left"] = {
        "neighbours": neighbours("spoke1"),
        "rules": inside("hub", "iptables-legacy", "-S"),
    }
    return found


SCENARIOS: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {"shortcut": shortcut}

if __name__ == "__main__":
    print("RESULT " + json.dumps(asyncio.run(SCENARIOS[sys.argv[1]]())))
