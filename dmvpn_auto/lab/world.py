"""The one long-lived process inside a lab's kernel: makes the topology and serves its routers.

`python -m dmvpn_auto.lab.world SPEC.json`. It makes a namespace per node and a veth pair per link,
runs the exec commands of plain nodes, gives every IOS router a dataplane and a command line on SSH,
and takes orders on the control port. It listens in the kernel's root namespace only, so routers
need no management interface. Whatever it reports is asked from the kernel and the daemons then.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shlex
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dmvpn_auto.errors import DmvpnError
from dmvpn_auto.lab.keeper import Nodes, StartError
from dmvpn_auto.lab.spec import NodeSpec

if TYPE_CHECKING:
    import asyncssh

    from dmvpn_auto.lab.dataplane.node import LinuxDataplane
    from dmvpn_auto.lab.ios import IosNode

_RUN = Path("/run/dmvpn")
_SSH = 22
_IMPORTS = ("pyroute2", "dmvpn_auto.lab.dataplane", "dmvpn_auto.lab.ios")


@dataclass(slots=True)
class Router:
    """One IOS router: its Linux side, its command line, and where it listens."""

    spec: NodeSpec
    port: int
    dataplane: LinuxDataplane
    ios: IosNode


@dataclass(slots=True)
class World:
    """The running topology."""

    facts: dict[str, Any]
    nodes: Nodes
    holders: dict[str, int] = field(default_factory=dict)
    routers: dict[str, Router] = field(default_factory=dict)
    doors: list[asyncio.Server | asyncssh.SSHAcceptor] = field(default_factory=list)
    phase: str = "starting"
    started: float = field(default_factory=time.monotonic)

    def report(self, phase: str) -> None:
        """Tell the host that a phase is over."""
        seconds = time.monotonic() - self.started
        self.phase = phase
        with Path(self.facts["progress"]).open("a") as file:
            file.write(json.dumps({"phase": phase, "seconds": round(seconds, 2)}) + "\n")
        self.started = time.monotonic()


async def build(world: World) -> None:
    """Make the topology and start its routers."""
    for node in world.facts["nodes"]:
        world.holders[node["name"]] = await world.nodes.make(node, _RUN / node["name"])
    await _cable(world)
    for node in world.facts["nodes"]:
        for command in node["commands"]:
            await _set_up(world, node, command)
    world.report("nodes and links")
    for name in _IMPORTS:
        import_module(name)
        await asyncio.sleep(0)
    world.report("programs loaded")
    for node in world.facts["nodes"]:
        if node["role"] == "ios":
            world.routers[node["name"]] = await _start_router(world, node)
        if node["role"] == "jump":
            from dmvpn_auto.lab import doors

            where = world.facts["address"], world.facts["ports"][node["name"]]
            world.doors.append(await doors.jump(node["name"], where, world.facts))
    world.report("routers")


async def _cable(world: World) -> None:
    from pyroute2.iproute.linux import AsyncIPRoute

    async with AsyncIPRoute() as route:
        for link in world.facts["links"]:
            (node, device), (far_node, far_device) = link["ends"]
            await route.link(
                "add",
                ifname=device,
                kind="veth",
                mtu=link["mtu"],
                net_ns_pid=world.holders[node],
                peer={
                    "ifname": far_device,
                    "mtu": link["mtu"],
                    "net_ns_pid": world.holders[far_node],
                },
            )


async def _set_up(world: World, node: dict[str, Any], command: str) -> None:
    printed = bytearray()
    holder = world.holders[node["name"]]
    running = await world.nodes.start(holder, shlex.split(command), node["env"], printed.extend)
    status = await running.wait()
    if status != 0:
        text = printed.decode(errors="replace").strip()
        raise StartError(f"{node['name']}: {command!r} ended with {status}: {text}")


async def _start_router(world: World, node: dict[str, Any]) -> Router:
    from dmvpn_auto.lab.dataplane import open_dataplane
    from dmvpn_auto.lab.ios import IosNode

    name = node["name"]
    interfaces = {f"GigabitEthernet{device[3:]}": device for device in node["devices"]}
    spec = NodeSpec(
        name=name,
        netns=name,
        holder_pid=world.holders[name],
        run_dir=_RUN / name,
        interfaces=interfaces,
    )
    dataplane = await open_dataplane(spec)
    nvram = Path(world.facts["nvram"], name)
    ios = IosNode(
        name,
        dataplane,
        tuple(interfaces),
        _startup(world, node),
        nvram,
        minute=float(node["env"].get("LAB_MINUTE", 60)),
        door=partial(_own_door, spec),
    )
    port = world.facts["ports"][name]
    inband = node["env"].get("LAB_MANAGEMENT")
    address, own_port = ("127.0.0.1", 0) if inband else (world.facts["address"], port)
    await ios.start(address, own_port, Path(world.facts["host_key"]).read_bytes())
    if inband:
        world.doors.append(await _in_band(world, node, ios, inband))
    if ios.refused:
        raise StartError(f"{name} does not take its startup-config: {'; '.join(ios.refused)}")
    return Router(spec, port, dataplane, ios)


def _own_door(spec: NodeSpec) -> socket.socket:
    """Listen for SSH on a router's own addresses, as a router does."""
    from dmvpn_auto.lab.dataplane.namespace import inside

    with inside(spec.netns_path):
        return socket.create_server(("", _SSH))


async def _in_band(
    world: World, node: dict[str, Any], ios: IosNode, interface: str
) -> asyncio.Server:
    from dmvpn_auto.lab import doors
    from dmvpn_auto.lab.ios.checks.interface import addresses

    section = ios.router.config.interface(interface)
    own = addresses(section) if section is not None else []
    neighbour = _neighbour(world, node["name"], f"eth{interface.removeprefix('GigabitEthernet')}")
    if not own or neighbour is None:
        raise StartError(f"{node['name']}: LAB_MANAGEMENT: {interface} has no address or no link")
    where = world.facts["address"], world.facts["ports"][node["name"]]
    return await doors.lead(neighbour, (str(own[0].ip), _SSH), where)


def _neighbour(world: World, name: str, device: str) -> str | None:
    for link in world.facts["links"]:
        ends = [tuple(end) for end in link["ends"]]
        if (name, device) in ends:
            return str(next(node for node, _ in ends if node != name))
    return None


def _startup(world: World, node: dict[str, Any]) -> str:
    """Return a router's first configuration, with the lab's key for its user."""
    path = node["startup_config"]
    lines = Path(path).read_text().splitlines() if path else []
    lines = [line for line in lines if line.strip() != "end"]
    return "\n".join([*lines, *world.facts["login"], "end", ""])


class UnknownNodeError(LookupError):
    """An order names a node that the lab does not have."""


Send = Callable[[dict[str, Any]], Awaitable[None]]


class Control:
    """Carries out orders that come on the control port."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; orders on it are carried out one after the other."""

        async def send(answer: dict[str, Any]) -> None:
            writer.write(json.dumps(answer, default=str).encode() + b"\n")
            await writer.drain()

        try:
            while line := await reader.readline():
                order = json.loads(line)
                try:
                    await getattr(self, f"_do_{order['op']}")(order, send, reader)
                except (DmvpnError, OSError, StartError, LookupError) as error:
                    if isinstance(error, ConnectionError):
                        raise
                    usage = isinstance(error, UnknownNodeError)
                    await send(
                        {"failed": str(error), "node": order.get("node", ""), "usage": usage}
                    )
        except ConnectionError:
            pass  # the other end went away; programs it had started were ended with it
        finally:
            writer.close()

    async def _do_status(self, _: dict[str, Any], send: Send, __: asyncio.StreamReader) -> None:
        rows = []
        for node in self._world.facts["nodes"]:
            name = node["name"]
            row: dict[str, Any] = {
                "name": name,
                "role": node["role"],
                "up": name in self._world.holders,
            }
            if name in self._world.routers:
                live = await self._world.routers[name].dataplane.snapshot()
                row["tunnels"] = [tunnel.name for tunnel in live.tunnels]
                row["peers"] = [str(peer.state) for peer in live.dmvpn]
                row["uptime"] = live.uptime
            rows.append(row)
        await send({"phase": self._world.phase, "nodes": rows})

    def _holder(self, name: str) -> int:
        if name not in self._world.holders:
            raise UnknownNodeError(
                f"the lab has no node {name!r}; it has {', '.join(self._world.holders)}"
            )
        return self._world.holders[name]

    async def _do_live(self, order: dict[str, Any], send: Send, _: asyncio.StreamReader) -> None:
        router = self._world.routers.get(order["node"])
        if router is None:
            raise LookupError(f"{order['node']} is no router of the lab")
        live = asdict(await router.dataplane.snapshot())
        await send({key: live[key] for key in ("dmvpn", "ike", "ipsec", "nhs", "tunnels")})

    async def _do_exec(
        self, order: dict[str, Any], send: Send, reader: asyncio.StreamReader
    ) -> None:
        waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        running = await self._world.nodes.start(
            self._holder(order["node"]),
            order["argv"],
            {},
            lambda chunk: waiting.put_nowait(("out", chunk)),
            lambda chunk: waiting.put_nowait(("err", chunk)),
        )
        gone = asyncio.ensure_future(reader.read(1))  # end of file: the person pressed Ctrl-C
        over = asyncio.ensure_future(running.wait())
        try:
            while not (over.done() and waiting.empty()):
                chunk = asyncio.ensure_future(waiting.get())
                await asyncio.wait({chunk, over, gone}, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    await running.end()
                    raise ConnectionResetError
                if chunk.done():
                    kind, data = chunk.result()
                    await send({kind: base64.b64encode(data).decode()})
                else:
                    chunk.cancel()
            await send({"status": over.result()})
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    async def _do_impair(self, order: dict[str, Any], send: Send, _: asyncio.StreamReader) -> None:
        self._holder(order["node"])
        for link in self._world.facts["links"]:
            names = [node for node, _ in link["ends"]]
            if order["node"] in names and "wan" in names:
                for node, device in link["ends"]:
                    await _set_loss(node, device, order["loss"])
                await send({"link": [":".join(end) for end in link["ends"]]})
                return
        raise LookupError(f"{order['node']} has no link to the node 'wan'")


async def _set_loss(node: str, device: str, loss: int) -> None:
    """Lose a share of what a device sends; 0 takes the loss away (also when there is none)."""
    from pyroute2.iproute.linux import AsyncIPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    async with AsyncIPRoute(netns=node) as route:
        index = (await route.link_lookup(ifname=device))[0]
        if loss:
            await route.tc("replace", "netem", index, "1:", loss=loss)
            return
        try:
            await route.tc("del", index=index, root=True)
        except NetlinkError as error:
            if error.code not in (2, 22):  # there is none: ENOENT, EINVAL
                raise


async def run(facts: dict[str, Any]) -> None:
    """Build the world and serve it until the kernel goes down."""
    world = World(facts, await Nodes.open())
    world.report("kernel")
    control = Control(world)
    server = await asyncio.start_server(control.serve, facts["address"], facts["control_port"])
    try:
        await build(world)
        world.report("ready")
    except Exception as error:
        with Path(facts["progress"]).open("a") as file:
            file.write(json.dumps({"failed": f"{type(error).__name__}: {error}"}) + "\n")
        raise
    async with server:
        await server.serve_forever()


def main() -> None:
    """Run the world described in the file named by the first argument.

    `--import-only` loads the modules and ends: the host does it to have them compiled.
    """
    if sys.argv[1] == "--import-only":
        for name in _IMPORTS:
            import_module(name)
        return
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
