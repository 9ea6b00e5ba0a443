"""10,000 spokes: read, validated, resolved, judged, rendered, written; against Jinja2 per device.

The peer is what a per-device Environment costs (one per host, as in common playbooks), measured on
a sample of the same routers and scaled; each stage runs on one core.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from bench.rows import Row
from dmvpn_auto.design import CloudDesign, Ledger, resolve
from dmvpn_auto.design.rules import check
from dmvpn_auto.inventory import load_cloud, write_configs
from dmvpn_auto.inventory.yaml_file import paused_collection, read_yaml
from dmvpn_auto.models import Cloud, Spoke
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.render.words import FILTERS
from dmvpn_auto.resources import resource
from tests.doubles.netbox import NetBoxDouble, netbox

SPOKES = 10_000
_SAMPLE = 100

_HEAD = """\
tunnel: {subnet: 10.128.0.0/16, key: 100, bandwidth: 100000}
nhrp: {network_id: 100, authentication: env:BENCH_NHRP}
transport: {source: GigabitEthernet1, front_vrf: INET, front_rd: "65000:99"}
crypto: {kind: ikev2-psk, pre_shared_key: env:BENCH_PSK}
overlay: {kind: ibgp, asn: 65000, listen_limit: 5000, to_spokes: summary, summaries: [10.0.0.0/8]}
groups:
  fibre: {bandwidth: 500000}
hubs:
  hub1: {nbma: 203.0.113.2, lan: [10.0.0.1/24]}
spokes:
"""


def cloud_text(spokes: int = SPOKES) -> str:
    """Return an intent with that many spokes, two LAN prefixes each."""
    parts = [_HEAD]
    for n in range(spokes):
        third, fourth = divmod(n, 250)
        second, low = divmod(n, 128)
        parts.append(
            f"  spoke{n:05d}:\n"
            f"    site: site{n:05d}\n"
            f"    group: fibre\n"
            f"    nbma: 100.{64 + third // 250}.{third % 250}.{fourth + 1}\n"
            f"    lan: [10.{1 + second}.{2 * low}.1/24, 10.{1 + second}.{2 * low + 1}.1/24]\n"
        )
    return "".join(parts)


def run() -> Iterator[Row]:
    """Yield a row per stage and one for the whole."""
    folder = Path(tempfile.mkdtemp(prefix="dmvpn-bench-"))
    try:
        (folder / "clouds").mkdir()
        path = folder / "clouds" / "big.yaml"
        path.write_text(cloud_text())
        yield from _stages(folder, path)
    finally:
        shutil.rmtree(folder)


def _stages(folder: Path, path: Path) -> Iterator[Row]:
    Renderer(placeholder).render(resolve("x", _small(folder)).routers[1])  # templates compiled
    clock = _Clock()
    raw = read_yaml(path)
    yield clock.row(f"read {SPOKES} spokes of YAML")
    with paused_collection():
        intent = Cloud.model_validate(raw)
        yield clock.row("validate")
        design = resolve("big", intent, Ledger())
        yield clock.row("resolve")
        check(intent, design, Ledger(), lambda _reference: None)
        yield clock.row("judge by the design rules")
        peer = _per_device(design)
        clock.again()
        renderer = Renderer(placeholder)
        texts = [(router.name, renderer.render(router)) for router in design.routers]
        yield clock.row("render", "an Environment per device", peer)
        write_configs(folder / "build", texts, cloud="big")
        yield clock.row("write the files")
    yield Row("in all", clock.total)
    yield from _elsewhere(folder, intent)


def _elsewhere(folder: Path, intent: Cloud) -> Iterator[Row]:
    """Yield what the same spokes cost from CSV and from a NetBox, read and validated."""
    table = folder / "clouds" / "spokes.csv"
    table.write_text(_csv(intent))
    path = folder / "clouds" / "table.yaml"
    path.write_text(_HEAD.removesuffix("spokes:\n") + "spokes_from: {csv: spokes.csv}\n")
    clock = _Clock()
    found = load_cloud(folder, "table").intent
    yield clock.row(f"read and validate {SPOKES} spokes of CSV")
    if found.spokes != intent.spokes:
        raise ValueError("CSV gives other spokes than YAML")
    with netbox("bench-token") as double:
        _devices(double, intent)
        source = folder / "clouds" / "netbox.yaml"
        source.write_text(_NETBOX.format(head=_HEAD.removesuffix("spokes:\n"), url=double.url))
        (folder / "token").write_text("bench-token\n")
        (folder / "token").chmod(0o600)
        clock.again()
        found = load_cloud(folder, "netbox").intent
        yield clock.row(f"read and validate {SPOKES} spokes of NetBox (on loopback)")
    if found.spokes != intent.spokes:
        raise ValueError("NetBox gives other spokes than YAML")


_NETBOX = """\
{head}spokes_from:
  netbox:
    url: {url}
    token: file:token
    filter: {{role: branch}}
    fields: {{nbma: primary_ip4.address, site: site.slug, group: custom_fields.group,
             lan: custom_fields.lan}}
"""


def _csv(intent: Cloud) -> str:
    lines = ["name,site,group,nbma,lan\n"]
    for name, spoke in intent.spokes.items():
        lines.append(f"{name},{spoke.site},{spoke.group},{spoke.nbma},{' '.join(_lans(spoke))}\n")
    return "".join(lines)


def _lans(spoke: Spoke) -> list[str]:
    return [f"{lan.address}/{lan.prefix.prefixlen}" for lan in spoke.lan]


def _devices(double: NetBoxDouble, intent: Cloud) -> None:
    for name, spoke in intent.spokes.items():
        double.add_device(
            name,
            site=str(spoke.site),
            primary_ip4={"address": f"{spoke.nbma}/32"},
            custom_fields={"group": spoke.group, "lan": " ".join(_lans(spoke))},
        )


class _Clock:
    """Time from one row to the next."""

    def __init__(self) -> None:
        self.total = 0.0
        self._last = time.perf_counter()

    def row(self, what: str, baseline: str = "", seconds: float | None = None) -> Row:
        """Return the row of what took since the last one; `seconds` is the peer's."""
        took = time.perf_counter() - self._last
        self.total += took
        self._last = time.perf_counter()
        return Row(what, took, baseline, seconds)

    def again(self) -> None:
        """Start to count now."""
        self._last = time.perf_counter()


def _small(folder: Path) -> Cloud:
    (folder / "clouds" / "small.yaml").write_text(cloud_text(1))
    return load_cloud(folder, "small").intent


def _part(env: Environment, name: str, **words: object) -> str:
    return env.get_template(name).render(words, reveal=placeholder)


def _per_device(design: CloudDesign) -> float:
    """Return what rendering all costs with an Environment per device, scaled from a sample."""
    started = time.perf_counter()
    base = resource("templates")
    for router in design.routers[1 : _SAMPLE + 1]:
        env = Environment(
            loader=ChoiceLoader([FileSystemLoader(base / d) for d in ("iosxe", "ios")]),
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701 - IOS text
        )
        env.filters.update(FILTERS)
        for name in ("vrf.j2", "crypto/ikev2-psk.j2", "tunnel.j2", "overlay/ibgp-spoke.j2"):
            env.get_template(name).render(
                r=router, c=router.crypto, reveal=placeholder, part=partial(_part, env)
            )
    return (time.perf_counter() - started) * len(design.routers) / _SAMPLE
