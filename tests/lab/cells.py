"""A lab with two hubs and two spokes, for clouds other than the lab's own.

The underlay is in a front-door VRF where a cell asks for it. Each router has a LAN with one host.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import yaml
from netmiko import ConnectHandler

from tests.lab.conftest import Bench

_WAN = {"hub1": "203.0.113.2", "hub2": "203.0.113.6", "spoke1": "198.51.100.2",
        "spoke2": "198.51.100.6"}  # fmt: skip
_LAN = {"hub1": "10.0.0.1", "hub2": "10.0.1.1", "spoke1": "10.1.0.1", "spoke2": "10.2.0.1"}
ROUTERS = tuple(_WAN)
NAME = "cells"
SECRETS = {"nhrp": "CanaryNh", "psk": "Canary-Psk-31", "bgp": "Canary-Bgp-31", "ospf": "CanaryOspf"}


def write_topology(
    folder: Path, routers: tuple[str, ...], *, front_vrf: bool, jump: str = "", minute: float = 60
) -> Path:
    """Write a containerlab file and what it binds; return it. `jump`: the router whose host is a
    jump host; `minute`: how many seconds a minute of the routers' timers lasts.
    """
    (folder / "net").mkdir(parents=True)
    nodes: dict[str, object] = {
        "wan": {
            "sysctls": {"net.ipv4.ip_forward": 1},
            "binds": ["net:/config:ro"],
            "exec": ["ip -batch /config/wan.ip", "iptables-legacy-restore /config/witness.rules"],
        }
    }
    links, wan = [], []
    for number, name in enumerate(routers, 1):
        gateway = _before(_WAN[name])
        wan += [f"addr add {gateway}/30 dev eth{number}", f"link set eth{number} up"]
        (folder / f"{name}.cfg").write_text(_startup(name, gateway, front_vrf=front_vrf))
        host = _LAN[name].rpartition(".")[0] + ".10"
        (folder / "net" / f"{name}-lan.ip").write_text(
            f"addr add {host}/24 dev eth1\nlink set eth1 up\nroute add default via {_LAN[name]}\n"
        )
        nodes[name] = {
            "env": {"LAB_ROLE": "ios", "LAB_MINUTE": str(minute)},
            "binds": [f"{name}.cfg:/config/startup-config:ro"],
        }
        nodes[f"{name}-lan"] = {
            "env": {"LAB_ROLE": "jump" if name == jump else "linux"},
            "binds": ["net:/config:ro"],
            "exec": [f"ip -batch /config/{name}-lan.ip"],
        }
        links += [
            {"endpoints": [f"wan:eth{number}", f"{name}:eth1"], "mtu": 1500},
            {"endpoints": [f"{name}:eth2", f"{name}-lan:eth1"], "mtu": 1500},
        ]
    (folder / "net" / "wan.ip").write_text("\n".join(wan) + "\n")
    witness = Path(__file__).parents[2] / "lab" / "network" / "witness.rules"
    (folder / "net" / "witness.rules").write_text(witness.read_text())
    defaults = {"kind": "linux", "image": "dmvpn-auto/lab:1"}
    topology = {"defaults": defaults, "nodes": nodes, "links": links}
    place = folder / "cells.clab.yml"
    place.write_text(yaml.safe_dump({"name": NAME, "topology": topology}, sort_keys=False))
    return place


def _before(address: str) -> str:
    head, _, last = address.rpartition(".")
    return f"{head}.{int(last) - 1}"


def _startup(name: str, gateway: str, *, front_vrf: bool) -> str:
    vrf = "vrf definition INET\n address-family ipv4\n exit-address-family\n!\n"
    return f"""hostname {name}
!
username admin privilege 15 secret admin
!
archive
 path flash:archive-
!
{vrf if front_vrf else ""}interface GigabitEthernet1
{" vrf forwarding INET" if front_vrf else " description WAN"}
 ip address {_WAN[name]} 255.255.255.252
 no shutdown
!
interface GigabitEthernet2
 ip address {_LAN[name]} 255.255.255.0
 no shutdown
!
ip route {"vrf INET " if front_vrf else ""}0.0.0.0 0.0.0.0 {gateway}
!
end
"""


def write_cloud(
    inventory: Path, routers: tuple[str, ...], crypto: str, overlay: str, *, front_vrf: bool,
    phase: int = 3, preferred: bool = False,
) -> None:  # fmt: skip
    """Write the cloud and its secrets into an inventory; `preferred`: spokes register with one hub
    at a time, the first if it answers.
    """
    (inventory / "clouds").mkdir(parents=True, exist_ok=True)
    (inventory / "secrets").mkdir(mode=0o700, exist_ok=True)
    for name, value in SECRETS.items():
        place = inventory / "secrets" / name
        place.touch(mode=0o600)
        place.write_text(f"{value}\n")
    hubs: list[str] = []
    spokes: list[str] = []
    for name in routers:
        number = int(name[-1]) + (0 if name.startswith("hub") else 10)
        facts = f"nbma: {_WAN[name]}, tunnel_address: 10.255.0.{number}, lan: [{_LAN[name]}/24]"
        if preferred and name.startswith("hub"):
            facts += f", priority: {number}"
        line = f"  {name}: {{{facts}}}"
        (hubs if name.startswith("hub") else spokes).append(line)
    text = f"""phase: {phase}
tunnel: {{subnet: 10.255.0.0/24, key: 100, bandwidth: 100000}}
nhrp:
  network_id: 100
  authentication: file:secrets/nhrp
  holdtime: 60
  registration_timeout: 10
{"  cluster_max_connections: 1" if preferred else ""}
transport: {{source: GigabitEthernet1{", front_vrf: INET" if front_vrf else ""}}}
crypto: {crypto}
overlay: {overlay}
waive: {{psk-wildcard: a test, ikev1: a test}}
hubs:
{chr(10).join(hubs)}
spokes:
{chr(10).join(spokes)}
"""
    (inventory / "clouds" / "branches.yaml").write_text(text)


@contextmanager
def running(root: Path, topology: Path) -> Iterator[Bench]:
    """Bring a lab up in a state folder of its own; take it down."""
    runtime = root / "run"
    runtime.mkdir(mode=0o700)
    lab = Bench(root / "inventory", {"XDG_RUNTIME_DIR": str(runtime)})
    words = ("lab", "up", str(topology), "--inventory", str(lab.inventory))
    up = lab.run(*words)
    if "is taken" in up.stderr:  # by another lab that came up at the same moment
        up = lab.run(*words)
    try:
        assert up.returncode == 0, up.stderr
        yield lab
    finally:
        down = lab.run("lab", "down", NAME)
        assert down.returncode == 0, down.stderr
        # `down` is content when no lab has that name: ask for what it must leave behind, nothing.
        labs = runtime / "dmvpn-auto" / "labs"
        assert not list(labs.glob("*")), down.stderr


def ask(lab: Bench, router: str, command: str) -> str:
    """Return what a router answers to an exec command."""
    return ask_at(ports(lab)[router], command)


def ask_at(port: int, command: str) -> str:
    """Return what the router behind a port of 127.0.0.1 answers to an exec command; what it asks
    back is answered with Enter.
    """
    with ConnectHandler(
        device_type="cisco_xe", host="127.0.0.1", port=port, username="admin", password="admin",
    ) as session:  # fmt: skip
        prompt = re.escape(session.find_prompt())
        question = r"\]\? *$|\[confirm\]$"
        said = str(session.send_command(command, rf"{prompt}|{question}", read_timeout=60))
        if re.search(question, said):
            said += str(session.send_command("\n", prompt, read_timeout=60, cmd_verify=False))
        return said


def everywhere(ports: Iterable[int], command: str) -> None:
    """Type a command on the routers behind these ports, at the same time."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda port: ask_at(port, command), ports))


def ports(lab: Bench) -> dict[str, int]:
    """Return where the routers of a lab that are reached out of band listen."""
    hosts = yaml.safe_load((lab.inventory / "hosts.yaml").read_text())
    return {name: host["port"] for name, host in hosts.items()}


def until(ask: Callable[[], str], holds: Callable[[str], object], limit: float = 45) -> None:
    """Ask until the answer holds; each question takes half a second on its own."""
    deadline = time.monotonic() + limit
    said = ask()
    while not holds(said):
        assert time.monotonic() < deadline, said
        said = ask()
