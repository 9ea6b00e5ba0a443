"""Runs inside a lab kernel: a hub and spokes on one wire, plain GRE; prints what happened (JSON).

Arguments: names of scenarios; all without. Each namespace `NAME` has eth0 (NBMA 203.0.113.X/24),
gre1 (mGRE, key 100, 10.255.0.X/24) and lan0 (10.X.0.1/24); the hub is X = 1, spoke N is X = 10 + N.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from dmvpn_auto.lab.nhrp import NhrpNode, NhsConfig, TunnelConfig, kernel

HUB = IPv4Address("10.255.0.1")
HUB_NBMA = IPv4Address("203.0.113.1")
OPEN: dict[str, NhrpNode] = {}
NUMBERS = {"hub": 1, "spoke1": 11, "spoke2": 12, "spoke3": 13}


def run(*command: str, check: bool = True, given: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=given)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout} {done.stderr}")
    return done.stdout


def inside(name: str, *command: str, check: bool = True) -> str:
    return run("ip", "netns", "exec", name, *command, check=check)


def build(names: list[str], *, frr: str = "") -> None:
    """Make the namespaces; in `frr` runs FRR, which wants a host prefix on its tunnel."""
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
        prefix = 32 if name == frr else 24
        onlink = " dev gre1 onlink" if name == frr else ""
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
        if name != "hub":
            lines.append(f"route add 10.0.0.0/8 via 10.255.0.1{onlink}")
        else:
            lines += [
                f"route add 10.{NUMBERS[n]}.0.0/24 via 10.255.0.{NUMBERS[n]}{onlink}"
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


def has_shortcut(name: str) -> bool:
    return len(shortcuts(name)) == 2


def registered(node: NhrpNode) -> bool:
    return all(server.responding for server in node.nhs())


def hops(name: str, source: str, target: str) -> list[str]:
    lines = inside(name, "traceroute.db", "-n", "-s", source, "-q", "1", "-m", "4", target)
    return [line.split()[1] for line in lines.splitlines()[1:]]


async def start(names: list[str], **changes: Any) -> dict[str, NhrpNode]:
    nodes = {}
    for name in names:
        nodes[name] = OPEN[name] = NhrpNode(name)
        await nodes[name].configure([config(name, **changes)])
    for name in names:
        if name != "hub":
            await until(partial(registered, nodes[name]), f"{name} registered")
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
    found["hops"] = hops("spoke1", "10.11.0.1", "10.12.0.1")
    found["hub rx before"] = rx
    found["hub traffic"] = {k: v for k, v in before.items() if v}
    await nodes["spoke1"].clear(IPv4Address("10.12.0.1"))
    found["after clear"] = shortcuts("spoke1")
    found["before restart"] = shortcuts("spoke2")
    await nodes["spoke2"].restart("Tunnel0")  # the device stays up: nothing is flushed for us
    found["after restart"] = shortcuts("spoke2")
    for node in nodes.values():
        await node.close()
    OPEN.clear()
    found["left"] = {
        "neighbours": neighbours("spoke1"),
        "rules": inside("hub", "iptables-legacy", "-S"),
    }
    return found


async def phase2() -> dict[str, Any]:
    """A neighbour miss is resolved; no packet is lost, since the hub carries them meanwhile."""
    build(["hub", "spoke1", "spoke2"])
    nodes = await start(["hub", "spoke1", "spoke2"], redirect=False, shortcut=False)
    found: dict[str, Any] = {
        "ping": await ping("spoke1", "10.255.0.11", "10.255.0.12", "-c", "4", "-i", "0.3")
    }
    found["spoke1"], found["neighbours"] = flags(nodes["spoke1"]), neighbours("spoke1")
    found["unknown"] = await ping("spoke1", "10.255.0.11", "10.255.0.99", "-c", "1")
    found["hub"] = flags(nodes["hub"])
    return found


async def used() -> dict[str, Any]:
    """Use keeps a shortcut: the kernel asks, the speaker confirms and refreshes in time."""
    build(["hub", "spoke1", "spoke2"])
    nodes = await start(["hub", "spoke1", "spoke2"], holdtime=9)
    inside("spoke1", "sh", "-c", "cd /proc/sys/net/ipv4/neigh/gre1; echo 1000 "
           ">base_reachable_time_ms; echo 1 >delay_first_probe_time")  # fmt: skip
    await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "2", "-i", "0.3")
    await until(lambda: shortcuts("spoke1"), "shortcut")
    asked = nodes["spoke1"].traffic()["Tunnel0"]["sent_resolution_request"]
    found: dict[str, Any] = {
        "ping": await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "60", "-i", "0.2")
    }
    found["refreshes"] = nodes["spoke1"].traffic()["Tunnel0"]["sent_resolution_request"] - asked
    found["routes"], found["neighbours"] = shortcuts("spoke1"), neighbours("spoke1")
    return found


def listen(name: str, group: str) -> socket.socket:
    """Join a multicast group on the tunnel of a namespace."""
    with kernel.inside(name):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        index = socket.if_nametoindex("gre1")
    receiver.bind(("", 520))
    request = struct.pack("=4s4si", socket.inet_aton(group), bytes(4), index)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    receiver.setblocking(False)
    return receiver


def say(name: str, group: str, text: bytes) -> None:
    """Send a multicast datagram out of the tunnel of a namespace."""
    with kernel.inside(name):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        index = socket.if_nametoindex("gre1")
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    request = struct.pack("=4s4si", bytes(4), bytes(4), index)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    with contextlib.suppress(PermissionError):  # the kernel is told to drop it: we send the copies
        sender.sendto(text, (group, 520))
    sender.close()


async def heard(receiver: socket.socket) -> list[str]:
    """Return what a socket has got, after waiting a little for the first."""
    loop, got = asyncio.get_running_loop(), []
    try:
        data, peer = await asyncio.wait_for(loop.sock_recvfrom(receiver, 2000), 1)
        got.append(f"{data.decode()} from {peer[0]}")
    except TimeoutError:
        pass
    return got


async def multicast() -> dict[str, Any]:
    """The hub reaches all registered spokes, a spoke the hub only."""
    build(["hub", "spoke1", "spoke2"])
    nodes = await start(["hub", "spoke1", "spoke2"])
    names, group = ("hub", "spoke1", "spoke2"), "224.0.0.9"
    ears = {name: listen(name, group) for name in names}
    found: dict[str, Any] = {"receivers": str(nodes["hub"].multicast()["Tunnel0"])}
    say("hub", group, b"hello")
    found["from hub"] = {name: await heard(ears[name]) for name in names}
    say("spoke1", group, b"there")
    found["from spoke1"] = {name: await heard(ears[name]) for name in names}
    return found


async def bounce() -> dict[str, Any]:
    """A device that goes down and up, or is made anew, registers again and has its entries."""
    build(["hub", "spoke1"])
    nodes = await start(["hub", "spoke1"])
    node = nodes["spoke1"]
    found: dict[str, Any] = {}
    inside("spoke1", "ip", "link", "set", "gre1", "down")
    await until(lambda: not neighbours("spoke1"), "flushed")
    inside("spoke1", "ip", "link", "set", "gre1", "up")
    found["again"] = await until(lambda: node.nhs()[0].replies_received == 2, "registered again")
    found["neighbours"] = neighbours("spoke1")
    run(
        "ip",
        "-n",
        "spoke1",
        "-batch",
        "-",
        given="""link del gre1
link add gre1 type gre local 203.0.113.11 key 100 ttl 64
addr add 10.255.0.11/24 dev gre1
link set gre1 up mtu 1400
""",
    )
    await node.restart("Tunnel0")
    found["anew"] = await until(lambda: node.nhs()[0].responding, "registered anew")
    found["ping"] = await ping("spoke1", "10.255.0.11", "10.255.0.1", "-c", "2", "-i", "0.2")
    await node.configure([])
    found["off"] = [neighbours("spoke1"), [str(e) for e in node.entries()]]
    return found


def frr(name: str, lines: list[str]) -> None:
    """Start zebra and nhrpd in a namespace, with a vty socket folder of their own."""
    folder = Path(f"/run/frr-{name}")
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    (folder / "zebra.conf").write_text("")
    (folder / "nhrpd.conf").write_text("\n".join(lines) + "\n")
    for daemon in ("zebra", "nhrpd"):
        inside(
            name, f"/usr/lib/frr/{daemon}", "-d", "-f", f"{folder}/{daemon}.conf",
            "-i", f"{folder}/{daemon}.pid", "-z", f"{folder}/zserv.api",
            "--vty_socket", str(folder), "-A", "127.0.0.1", "-P", "0",
            "--log", f"file:{folder}/{daemon}.log",
        )  # fmt: skip
        ready = folder / ("zserv.api" if daemon == "zebra" else "nhrpd.vty")
        while not ready.exists():
            time.sleep(0.02)


def stop_frr(name: str) -> None:
    for daemon in ("nhrpd", "zebra"):
        os.kill(int(Path(f"/run/frr-{name}/{daemon}.pid").read_text()), signal.SIGTERM)


def vty(name: str, command: str) -> str:
    """Ask nhrpd over its vty socket."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(f"/run/frr-{name}/nhrpd.vty")
        line.settimeout(3)
        answer = b""
        for word in ("enable", command):
            line.sendall(word.encode() + b"\0")
            answer = b""
            while b"\0\0\0" not in answer[:-1]:
                answer += line.recv(4096)
    return answer.split(b"\0")[0].decode()


async def frr_spoke() -> dict[str, Any]:
    """FRR's nhrpd as a spoke of our hub; shortcut between it and a spoke of ours, both ways."""
    build(["hub", "spoke1", "spoke2"], frr="spoke2")
    inside("spoke2", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/neigh/gre1/app_solicit")
    nodes = await start(["hub", "spoke1"], authentication=None)
    frr("spoke2", ["interface gre1", " ip nhrp network-id 1", " ip nhrp holdtime 60",
        " ip nhrp shortcut", " ip nhrp nhs 10.255.0.1 nbma 203.0.113.1"])  # fmt: skip
    found: dict[str, Any] = {
        "registered": await until(lambda: len(nodes["hub"].entries()) == 2, "FRR registered", 40)
    }
    found["hub"] = flags(nodes["hub"])
    found["nhs"] = vty("spoke2", "show ip nhrp nhs")
    found["ping"] = await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "8", "-i", "0.5")
    found["formed"] = await until(
        lambda: any("10.12.0.0/24 via 10.255.0.12" in r for r in shortcuts("spoke1")), "ours"
    )
    await until(lambda: "dynamic" in vty("spoke2", "show ip nhrp shortcut"), "theirs")
    found["theirs"] = vty("spoke2", "show ip nhrp shortcut")
    found["cache"] = vty("spoke2", "show ip nhrp cache")
    found["spoke1"] = flags(nodes["spoke1"])
    found["hops"] = hops("spoke1", "10.11.0.1", "10.12.0.1")
    found["hops back"] = hops("spoke2", "10.12.0.1", "10.11.0.1")
    stop_frr("spoke2")
    return found


async def frr_hub() -> dict[str, Any]:
    """FRR's nhrpd as the hub of two spokes of ours; shortcut between them."""
    build(["hub", "spoke1", "spoke2"], frr="hub")
    inside("hub", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/neigh/gre1/app_solicit")
    inside("hub", "iptables-legacy", "-A", "FORWARD", "-i", "gre1", "-o", "gre1", "-j", "NFLOG",
           "--nflog-group", "1", "--nflog-size", "128")  # fmt: skip
    frr("hub", ["nhrp nflog-group 1", "interface gre1", " ip nhrp network-id 1",
        " ip nhrp holdtime 60", " ip nhrp redirect"])  # fmt: skip
    names = ["spoke1", "spoke2"]
    nodes = await start(names, authentication=None, no_unique=True)
    found: dict[str, Any] = {"cache": vty("hub", "show ip nhrp cache")}
    found["ping"] = await ping("spoke1", "10.11.0.1", "10.12.0.1", "-c", "8", "-i", "0.5")
    for name in names:
        await until(partial(has_shortcut, name), f"shortcut of {name}")
        found[name] = flags(nodes[name])
    found["routes"] = shortcuts("spoke1")
    found["hops"] = hops("spoke1", "10.11.0.1", "10.12.0.1")
    stop_frr("hub")
    return found


SCENARIOS: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
    scenario.__name__: scenario
    for scenario in (shortcut, phase2, used, multicast, bounce, frr_spoke, frr_hub)
}


async def play(names: list[str]) -> dict[str, Any]:
    """Play scenarios one after the other, each in namespaces of its own."""
    results: dict[str, Any] = {}
    for name in names:
        try:
            results[name] = await SCENARIOS[name]()
        except Exception:  # noqa: BLE001 (it is the result)
            results[name] = {"error": traceback.format_exc()}
        for node in OPEN.values():
            await node.close()
        OPEN.clear()
        run("ip", "-all", "netns", "del")
        for number in NUMBERS.values():
            run("ip", "link", "del", f"w{number}", check=False)
        run("ip", "link", "del", "br0")
    return results


if __name__ == "__main__":
    played = asyncio.run(play(sys.argv[1:] or list(SCENARIOS)))
    sys.stdout.write(f"RESULT {json.dumps(played)}\n")
