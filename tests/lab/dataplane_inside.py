"""Runs inside a lab kernel: WAN router, hub and spokes as real dataplanes; prints results as JSON.

Each line on stdout is one result: {"name", "ok", "seconds", "detail"}. Addresses are those of
tests/unit/dataplane_texts.py. Arguments: scenario names; none means all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from pathlib import Path

from dmvpn_auto.lab.dataplane import open_dataplane
from dmvpn_auto.lab.dataplane.node import LinuxDataplane
from dmvpn_auto.lab.live import LiveState, Tree
from dmvpn_auto.lab.spec import NodeSpec
from tests.unit.dataplane_texts import HUB, spoke, tree

NAMES = ("hub", "spoke1", "spoke2")
ROUTERS: dict[str, LinuxDataplane] = {}
TEXTS = {"hub": HUB, "spoke1": spoke(1), "spoke2": spoke(2)}
RUN = Path("/run/nodes")


def shell(command: str) -> str:
    done = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True)
    return done.stdout


def result(name: str, *, ok: bool, seconds: float = 0, detail: object = "") -> None:
    found = {"name": name, "ok": ok, "seconds": round(seconds, 2), "detail": str(detail)}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def make_node(name: str) -> NodeSpec:
    folder = RUN / name
    folder.mkdir(parents=True)
    shell(f"ip netns add {name}")
    holder = subprocess.Popen(
        [
            *("nsenter", f"--net=/run/netns/{name}", "unshare", "-m", "-u"),
            *("--propagation", "private", "sh", "-c"),
            f"mount --bind {folder} /run; hostname {name}; touch /run/ready; exec sleep 100000",
        ]
    )
    while not (folder / "ready").exists():
        time.sleep(0.01)
    return NodeSpec(
        name=name,
        netns=name,
        holder_pid=holder.pid,
        run_dir=folder,
        interfaces={"GigabitEthernet1": "eth1", "GigabitEthernet2": "eth2"},
    )


def topology() -> list[NodeSpec]:
    """Cable the routers to a WAN router that counts plain GRE, and a host behind each."""
    shell("ip netns add wan; ip netns exec wan sysctl -qw net.ipv4.ip_forward=1")
    shell("ip netns exec wan iptables-legacy -A FORWARD -p 47; ip -n wan link set lo up")
    specs = []
    for number, name in enumerate(NAMES):
        specs.append(make_node(name))
        gateway = "203.0.113.1/30" if name == "hub" else f"198.51.100.{4 * number - 3}/30"
        shell(
            f"""set -e
            ip link add eth1 netns {name} type veth peer name w{number} netns wan
            ip -n wan addr add {gateway} dev w{number}
            ip -n wan link set w{number} up
            ip netns add lan{number}
            ip link add eth2 netns {name} type veth peer name eth1 netns lan{number}
            ip -n lan{number} addr add 10.{number}.0.10/24 dev eth1
            ip -n lan{number} link set eth1 up
            ip -n lan{number} route add default via 10.{number}.0.1"""
        )
    return specs


def plain_gre() -> int:
    """Packets of plain GRE that the WAN router forwarded."""
    counted = shell("ip netns exec wan iptables-legacy -L FORWARD -v -x -n").splitlines()
    return int(next(line for line in counted if " 47 " in line).split()[0])


async def until(name: str, condition: Callable[[], Awaitable[object]], limit: float = 40) -> bool:
    """Wait for a condition; report how long it took."""
    started = time.monotonic()
    while time.monotonic() - started < limit:
        if await condition():
            result(name, ok=True, seconds=time.monotonic() - started)
            return True
        await asyncio.sleep(0.05)
    detail = {router: _rows(await ROUTERS[router].snapshot()) for router in NAMES}
    result(name, ok=False, seconds=limit, detail=detail)
    return False


def _rows(live: LiveState) -> list[str]:
    return [
        f"{peer.interface} {peer.nbma} {peer.tunnel} {peer.state} {peer.attributes}"
        for peer in live.dmvpn
    ]


def hub_state(router: str, state: str) -> Callable[[], Awaitable[object]]:
    """Condition: the router's row of the hub is in this state."""

    async def check() -> bool:
        live = await ROUTERS[router].snapshot()
        return bool(live.dmvpn) and live.dmvpn[0].state == state

    return check


async def overlay() -> bool:
    """Condition: both spokes are BGP neighbors of the hub and each has the summary."""
    live = {router: await ROUTERS[router].snapshot() for router in NAMES}
    bgp = live["hub"].bgp
    sessions = [one.state for one in bgp.neighbors] if bgp else []
    return sessions == ["Established"] * 2 and all(
        any(route.code == "B" and str(route.prefix) == "10.0.0.0/8" for route in live[one].routes)
        for one in ("spoke1", "spoke2")
    )


async def clean() -> None:
    """Bring all routers back to their texts."""
    for name, text in TEXTS.items():
        await ROUTERS[name].apply(tree(text))
        await ROUTERS[name].clear("crypto session")
    for name in ("spoke1", "spoke2"):
        await until(f"{name} is up again", hub_state(name, "UP"))
    await until("overlay is up again", overlay)


async def typed_in_any_order() -> None:
    """Type the hub line by line in random order, the spokes in that of the text."""
    for name in NAMES:
        started = time.monotonic()
        steps = _prefixes(tree(TEXTS[name]), seed=3 if name == "hub" else None)
        for number, partial in enumerate(steps):
            await ROUTERS[name].apply(partial)
            if number % 5 == 0:
                await ROUTERS[name].settled()
        await ROUTERS[name].settled()
        result(f"{name} is configured", ok=True, seconds=time.monotonic() - started)
    for name in ("spoke1", "spoke2"):
        await until(f"{name} registers at the hub", hub_state(name, "UP"))
    await until("overlay converges", overlay)


def _prefixes(whole: Tree, seed: int | None) -> list[Tree]:
    """Return the configurations that grow line by line into the whole."""
    lines = [(top, sub) for top, body in whole.items() for sub in [None, *body]]
    if seed is not None:
        random.Random(seed).shuffle(lines)  # noqa: S311 - an order, not a secret
    grown: Tree = {}
    steps = []
    for top, sub in lines:
        body = grown.setdefault(top, {})
        if sub is not None:
            body[sub] = whole[top][sub]
        steps.append({line: dict(children) for line, children in grown.items()})
    return steps


async def shortcut() -> None:
    """Phase 3: through the hub first, then directly, under an SA of its own."""
    one, target = ROUTERS["spoke1"], IPv4Address("10.2.0.10")
    before = await one.snapshot()
    result("no shortcut before", ok=not [r for r in before.routes if r.code == "H"])
    source = IPv4Address("10.1.0.1")
    echoes = one.ping(
        target, source=source, vrf=None, count=5, size=100, timeout=1, dont_fragment=False
    )
    replies = [reply.kind async for reply in echoes]
    result("ping between spokes", ok=replies.count("reply") >= 4, detail=replies)

    async def installed() -> bool:
        live = await one.snapshot()
        return any(
            route.code == "H" and str(route.prefix) == "10.2.0.0/24" for route in live.routes
        )

    await until("shortcut is installed", installed)
    hops = [
        (ttl, reply.source)
        async for ttl, reply in one.traceroute(
            target, source=source, vrf=None, probes=1, timeout=2, max_ttl=5
        )
    ]
    result(
        "one hop to the other spoke",
        ok=[str(hop) for _, hop in hops] == ["10.255.0.12", "10.2.0.10"],
        detail=hops,
    )
    live = await one.snapshot()
    direct = [sa for sa in live.ipsec if str(sa.remote) == "198.51.100.6" and sa.installed]
    result("its own SA", ok=bool(direct) and direct[0].mode == "transport", detail=live.ipsec)
    result("no plain GRE on the wire", ok=plain_gre() == 0, detail=plain_gre())


FAULTS: dict[str, tuple[str, str, str, bool]] = {
    "wrong-psk": ("IKE", "Canary-PSK-7", "Canary-PSK-8", True),
    "wrong-tunnel-key": ("NHRP", "tunnel key 100", "tunnel key 101", False),
    "wrong-nhs-nbma": ("IKE", "nbma 203.0.113.2", "nbma 203.0.113.1", False),
    "ipsec-mismatch": ("IPSEC", "esp-gcm 256", "esp-aes 256 esp-sha256-hmac", True),
    "tunnel-shutdown": ("INTF", "interface Tunnel0\n", "interface Tunnel0\n shutdown\n", False),
}


async def faults() -> None:
    """Each fault gives its state on the spoke, and goes quickly when it is undone."""
    router = ROUTERS["spoke1"]
    for name, (state, right, wrong, clear) in FAULTS.items():
        await router.apply(tree(spoke(1).replace(right, wrong)))
        if clear:
            await router.clear("crypto session")
        await until(f"{name} gives {state}", hub_state("spoke1", state))
        await until(f"{name} leaves the other spoke alone", hub_state("spoke2", "UP"), 1)
        await router.apply(tree(spoke(1)))
        await until(f"{name} is healed", hub_state("spoke1", "UP"), 15)
        await until(f"{name}: the overlay is back", overlay, 15)
    result("no plain GRE on the wire in any fault", ok=plain_gre() == 0, detail=plain_gre())


async def wan_down() -> None:
    """Packets get lost, no link goes down: dead peer detection finds out."""
    shell("ip netns exec wan tc qdisc add dev w1 root netem loss 100%")
    await until("wan-down gives IKE", hub_state("spoke1", "IKE"), 60)
    shell("ip netns exec wan tc qdisc del dev w1 root")
    await until("wan-down is healed", hub_state("spoke1", "UP"), 15)
    await until("wan-down: the overlay is back", overlay, 30)


async def changed_key_spares_what_lives() -> None:
    """As on IOS, a new PSK does not cut a live SA."""
    router = ROUTERS["spoke1"]
    old = [sa for sa in (await router.snapshot()).ike if sa.established]
    await router.apply(tree(spoke(1).replace("Canary-PSK-7", "Canary-PSK-8")))
    live = (await router.snapshot()).ike
    result(
        "a changed key leaves the SA alone",
        ok=bool(old) and {sa.initiator_spi for sa in old} <= {sa.initiator_spi for sa in live},
        detail=[old, live],
    )
    await router.apply(tree(spoke(1)))


async def fail_closed() -> None:
    """A protected tunnel that cannot be negotiated sends nothing at all."""
    text = spoke(1).replace("crypto ikev2 profile DMVPN-PROF\n", "crypto ikev2 profile GONE\n")
    await ROUTERS["spoke1"].apply(tree(text))
    await until("without an IKEv2 profile the state is IKE", hub_state("spoke1", "IKE"))
    shell("ip netns exec spoke1 ping -c2 -i0.2 -W1 10.255.0.1 || true")
    result("nothing leaves in clear", ok=plain_gre() == 0, detail=plain_gre())
    await clean()


async def front_vrf() -> None:
    """The underlay of spoke 1 moves to a VRF; its default route is not global any more."""
    text = (
        spoke(1)
        .replace(
            "hostname spoke1\n", "hostname spoke1\nvrf definition INET\n address-family ipv4\n"
        )
        .replace(
            "interface GigabitEthernet1\n", "interface GigabitEthernet1\n vrf forwarding INET\n"
        )
        .replace(" tunnel key 100\n", " tunnel key 100\n tunnel vrf INET\n")
        .replace("ip route 0.0.0.0", "ip route vrf INET 0.0.0.0")
        .replace("policy DMVPN-POL\n", "policy DMVPN-POL\n match fvrf INET\n")
        .replace("profile DMVPN-PROF\n match", "profile DMVPN-PROF\n match fvrf INET\n match")
    )
    await ROUTERS["spoke1"].apply(tree(text))
    await until("spoke in a front VRF is up", hub_state("spoke1", "UP"))
    await until("overlay over a front VRF", overlay)
    live = await ROUTERS["spoke1"].snapshot()
    defaults = [route.vrf for route in live.routes if route.prefix.prefixlen == 0]
    result("the default route is in the VRF", ok=defaults == ["INET"], detail=defaults)
    result("the IKE SA is in the VRF", ok={sa.front_vrf for sa in live.ike} == {"INET"})
    lost = shell("ip netns exec lan1 ping -c1 -W1 203.0.113.1 || true")
    result("the LAN does not reach the underlay", ok=" 0 received" in lost, detail=lost)
    seen = [
        reply.kind
        async for reply in ROUTERS["spoke1"].ping(
            IPv4Address("203.0.113.1"), source=None, vrf="INET", count=2, size=100, timeout=1,
            dont_fragment=False,
        )
    ]  # fmt: skip
    result("ping in the VRF", ok=seen == ["reply"] * 2, detail=seen)
    await clean()


async def daemon_dies() -> None:
    """A charon that is killed comes back and so does the tunnel."""
    pids = shell("ip netns pids spoke2").split()
    charon = next(pid for pid in pids if "charon" in Path("/proc", pid, "comm").read_text())
    shell(f"kill -9 {charon}")
    await until("charon's death shows as IKE", hub_state("spoke2", "IKE"))
    await until("charon comes back", hub_state("spoke2", "UP"))


async def busy_zebra() -> None:
    """A device made anew while zebra is behind: its address must not come before it.

    Zebra's main thread, which reads links, has a crowd of them to read first; the thread that
    reads addresses has nothing else to do.
    """
    one = ROUTERS["spoke1"]
    await one.apply(tree(spoke(1).replace("tunnel key 100", "tunnel key 101")))
    await one.settled()
    pids = shell("ip netns pids spoke1").split()
    zebra = next(pid for pid in pids if "zebra" in Path("/proc", pid, "comm").read_text())
    index = "ip -n spoke1 -o link show dev tu0 2>/dev/null | cut -d: -f1"
    before = shell(index)
    shell(f"kill -STOP {zebra}")
    crowd = "".join(f"link add crowd{number} type dummy\n" for number in range(100))
    shell(f"ip -n spoke1 -batch - <<END\n{crowd}END")
    await one.apply(tree(spoke(1)))

    async def made() -> bool:
        return shell(index) not in ("", before)

    await until("the device is made anew while zebra is behind", made)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(one.settled(), 1)  # not before zebra goes on
    shell(f"kill -CONT {zebra}")
    await until("zebra has its address", overlay, 20)
    shell(f"ip -n spoke1 -batch - <<END\n{crowd.replace(' add ', ' del ')}END")


def secrets() -> None:
    """No key in any file or argument list."""
    found = shell("grep -rl Canary /run/nodes || true").split()
    arguments = shell("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    result("no key in a file", ok=not found, detail=found)
    result("no key in an argument", ok="Canary-PSK" not in arguments)


SCENARIOS: dict[str, Callable[[], Awaitable[None]]] = {
    "typed": typed_in_any_order,
    "shortcut": shortcut,
    "key": changed_key_spares_what_lives,
    "faults": faults,
    "zebra": busy_zebra,
    "wan": wan_down,
    "closed": fail_closed,
    "fvrf": front_vrf,
    "death": daemon_dies,
}


async def main() -> None:
    for spec in topology():
        ROUTERS[spec.name] = await open_dataplane(spec)
    wanted = sys.argv[1:] or list(SCENARIOS)
    if "typed" not in wanted:
        await clean()
    for name in wanted:
        try:
            await SCENARIOS[name]()
        except Exception:  # noqa: BLE001 - a scenario that breaks is a result
            result(name, ok=False, detail=traceback.format_exc()[-500:])
    secrets()
    started = time.monotonic()
    await asyncio.gather(*(router.close() for router in ROUTERS.values()))
    left = shell("ps -eo comm | grep -cE '^(charon|zebra|bgpd)' || true").strip()
    result("no daemon is left", ok=left == "0", seconds=time.monotonic() - started, detail=left)


if __name__ == "__main__":
    asyncio.run(main())
