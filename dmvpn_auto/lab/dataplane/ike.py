"""IKE and IPsec of one router: one charon, told and asked over vici.

`configure` makes charon have exactly the wanted connections and keys. As on IOS, a changed key or
proposal leaves what is established alone until it is cleared, rekeyed or found dead; a connection
that goes takes its SAs along. Keys reach charon through its socket only: no file, no argument, no
log holds one.

charon installs a trap for each connection: the first GRE packet to an NBMA address that has no SA
makes it negotiate, for hub and spokes alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.dataplane.authority import Identity, authority, describe
from dmvpn_auto.lab.dataplane.connection import Connection, Dpd, PreSharedKey, Trustpoint
from dmvpn_auto.lab.dataplane.daemons import Daemon
from dmvpn_auto.lab.dataplane.vici import CharonGoneError, Value, Vici
from dmvpn_auto.lab.live import Certificate
from dmvpn_auto.lab.spec import NodeSpec

_PLUGINS = (
    "random nonce openssl kdf hmac pem pkcs1 pkcs8 x509 pubkey constraints revocation"
    " kernel-netlink socket-default vici"
)
_ACQUIRE_LIFE = 4
"""s the kernel waits for an SA that it asked for, before it asks again."""
_DPD_TRIES = 5
_EVENTS = ("ike-updown", "child-updown")
_AT_ONCE: dict[str, Value] = {"force": "yes", "timeout": "-1"}
_LEAST = {"rsa": "rsa-1024", "ecdsa": "ecdsa-256"}
"""How charon is told which kind of signature to accept: by the least strength of its key."""
_NO_DPD = Dpd(interval=0, retry=2, periodic=False)


class Ike:
    """The IKE daemon of a router; started when the first connection is wanted."""

    def __init__(
        self, spec: NodeSpec, *, on_change: Callable[[], None], on_start: Callable[[], None]
    ) -> None:
        """Remember whom to call.

        `on_change` is called when an SA comes up or goes and when charon ends; `on_start` before
        charon is started, to clear what an earlier one has left in the kernel.
        """
        self._spec = spec
        self._on_start = on_start
        self._on_change = on_change
        self._daemon = Daemon(spec, "charon", spec.run_dir / "charon.out")
        self._vici: Vici | None = None
        self._connections: dict[str, Connection] = {}
        self._keys: dict[str, PreSharedKey] = {}
        self._identities: dict[Trustpoint, Identity] = {}
        self._enrolled: set[Trustpoint] = set()
        self._retry = 0
        self._numbers = itertools.count(1)
        self._ended = asyncio.Event()

    @property
    def connections(self) -> dict[str, Connection]:
        """What charon has been told, by name."""
        return dict(self._connections)

    async def configure(self, wanted: tuple[Connection, ...]) -> None:
        """Make charon have exactly these connections."""
        if not wanted and self._vici is None:
            return
        vici = await self._started(wanted)
        named = {connection.name: connection for connection in wanted}
        for name in set(self._connections) - set(named):
            await vici.request("unload-conn", {"name": name})
            del self._connections[name]
            await self.terminate(name=name)
        await self._load_keys(vici, wanted)
        await self._load_certificates(vici, wanted)
        for name, connection in named.items():
            if self._connections.get(name) != connection:
                trustpoint = connection.trustpoint
                identity = self._identities[trustpoint] if trustpoint is not None else None
                told = _connection(connection, next(self._numbers), identity)
                await vici.request("load-conn", {name: told})
                self._connections[name] = connection

    async def _load_keys(self, vici: Vici, wanted: tuple[Connection, ...]) -> None:
        keys = {
            f"{connection.name}#{number}": key
            for connection in wanted
            for number, key in enumerate(connection.keys)
        }
        for name in set(self._keys) - set(keys):
            await vici.request("unload-shared", {"id": name})
            del self._keys[name]
        for name, key in keys.items():
            if self._keys.get(name) != key:
                await vici.request(
                    "load-shared",
                    {"id": name, "type": "IKE", "data": key.value, "owners": list(key.owners)},
                )
                self._keys[name] = key

    async def _load_certificates(self, vici: Vici, wanted: tuple[Connection, ...]) -> None:
        """Enrol each trustpoint that is used; charon gets key, certificates, revocation list."""
        used = {one.trustpoint for one in wanted if one.trustpoint is not None}
        for trustpoint in used - self._enrolled:
            if trustpoint not in self._identities:
                self._identities[trustpoint] = authority(trustpoint).enrol(trustpoint)
            identity = self._identities[trustpoint]
            await vici.request(
                "load-cert", {"type": "X509", "flag": "CA", "data": identity.authority}
            )
            await vici.request("load-cert", {"type": "X509_CRL", "data": identity.revoked})
            await vici.request("load-key", {"type": "any", "data": identity.key})
            self._enrolled.add(trustpoint)

    async def _started(self, wanted: tuple[Connection, ...]) -> Vici:
        """Start charon when it does not run; tell it how long to wait for answers."""
        dpd = next((one.dpd for one in wanted if one.dpd is not None), _NO_DPD)
        settings = self._spec.run_dir / "strongswan.conf"
        if self._vici is not None and not self._ended.is_set():
            if self._retry != dpd.retry:
                settings.write_text(_settings(dpd.retry))
                await self._vici.request("reload-settings")
                self._retry = dpd.retry
            return self._vici
        await self.close()
        settings.write_text(_settings(dpd.retry))
        self._retry = dpd.retry
        self._connections, self._keys, self._ended = {}, {}, asyncio.Event()
        self._enrolled = set()
        control = self._spec.run_dir / "charon.vici"
        control.unlink(missing_ok=True)
        self._on_start()
        await self._daemon.start(
            "/usr/sbin/charon-systemd", environment={"STRONGSWAN_CONF": "/run/strongswan.conf"}
        )
        await self._daemon.ready(control)
        vici = Vici(control, lambda _name, _message: self._on_change(), self._lost)
        await vici.open()
        await vici.subscribe(*_EVENTS)
        self._vici = vici
        return vici

    def _lost(self) -> None:
        self._ended.set()
        self._on_change()

    @property
    def lost(self) -> bool:
        """Whether charon has ended although it is wanted."""
        return self._ended.is_set()

    def certificates(self) -> tuple[Certificate, ...]:
        """Return the certificates of the trustpoints in use."""
        return tuple(
            one
            for trustpoint in sorted(self._enrolled, key=lambda used: used.name)
            for one in describe(trustpoint.name, self._identities[trustpoint])
        )

    async def sas(self) -> list[dict[str, Any]]:
        """Return charon's IKE SAs as it lists them; none when it ends while it is asked."""
        if self._vici is None or self._ended.is_set():
            return []
        try:
            listed = await self._vici.stream("list-sas", "list-sa", {"noblock": "yes"})
        except CharonGoneError:
            return []
        return [{"name": name, **sa} for entry in listed for name, sa in entry.items()]

    async def terminate(
        self, *, name: str | None = None, remote: IPv4Address | None = None, children: bool = False
    ) -> None:
        """Delete SAs of a connection or a peer, or all; `children` keeps the IKE SAs."""
        for sa in await self.sas():
            if name is not None and sa["name"] != name:
                continue
            if remote is not None and sa["remote-host"].decode() != str(remote):
                continue
            if children:
                for child in sa.get("child-sas", {}).values():
                    await self._end("child-id", child)
            else:
                await self._end("ike-id", sa)

    async def drop_unfinished(self) -> None:
        """Give up negotiations that we began: they use what was configured before."""
        for sa in await self.sas():
            if sa["state"] == b"CONNECTING" and sa.get("initiator") == b"yes":
                with contextlib.suppress(LabError):  # it may have ended by itself
                    await self._end("ike-id", sa)

    async def _end(self, kind: str, sa: dict[str, Any]) -> None:
        """Delete one SA; it has gone already when charon has."""
        if self._vici is not None:
            with contextlib.suppress(CharonGoneError):
                number = sa["uniqueid"].decode()
                await self._vici.request("terminate", {kind: number, **_AT_ONCE})

    async def abandon(self) -> None:
        """End charon without a word to its peers; the next connection starts another."""
        if self._vici is not None:
            await self._vici.close()
            self._vici = None
        await self._daemon.stop(politely=False)
        self._connections, self._keys, self._ended = {}, {}, asyncio.Event()
        self._on_start()

    async def close(self) -> None:
        """End charon."""
        if self._vici is not None:
            await self._vici.close()
            self._vici = None
        await self._daemon.stop()


def _settings(retry: int) -> str:
    """Spell strongswan.conf; retransmissions follow the retry interval of `dpd`."""
    return f"""charon-systemd {{
  load_modular = no
  load = {_PLUGINS}
  install_routes = no
  install_virtual_ip = no
  threads = 8
  retransmit_timeout = {retry}.0
  retransmit_base = 1.0
  retransmit_tries = {_DPD_TRIES}
  plugins {{
    kernel-netlink {{
      xfrm_acq_expires = {_ACQUIRE_LIFE}
    }}
  }}
  filelog {{
    charon {{
      path = /run/charon.log
      default = 1
      flush_line = yes
      time_format = %H:%M:%S
      time_add_ms = yes
    }}
  }}
  journal {{
    default = -1
  }}
}}
"""


def _connection(
    wanted: Connection, request_id: int, identity: Identity | None = None
) -> dict[str, Value]:
    """Spell a connection as vici takes it.

    `request_id` is the same whoever begins: when two routers begin at once they get two SAs, and
    each accepts what the other sends on either. It is another one each time a connection is told
    anew: what the kernel still waits for on behalf of the old one then holds nothing up.
    """
    dpd = wanted.dpd
    return {
        "version": str(wanted.version),
        "proposals": list(wanted.proposals),
        "local_addrs": [str(wanted.local)],
        "remote_addrs": [str(wanted.remote or "%any")],
        "mobike": "no",
        "keyingtries": "1",
        "rekey_time": f"{wanted.ike_lifetime}s",
        "over_time": f"{max(wanted.ike_lifetime // 10, 60)}s",
        "dpd_delay": f"{dpd.interval if dpd else 0}s",
        # IKEv1 alone; IKEv2 repeats its probe until the retransmissions are over.
        "dpd_timeout": f"{dpd.interval + _DPD_TRIES * dpd.retry if dpd else 0}s",
        "local-1": _ours(wanted, identity),
        "remote-1": _theirs(wanted, identity),
        "children": {
            "gre": {
                "mode": "transport",
                "reqid": str(request_id),
                "local_ts": [f"{wanted.local}/32[gre]"],
                "remote_ts": ["dynamic[gre]"],
                "esp_proposals": list(wanted.esp_proposals),
                "rekey_time": f"{max(wanted.child_lifetime * 9 // 10, 60)}s",
                "life_time": f"{wanted.child_lifetime}s",
                "replay_window": str(wanted.replay_window),
                "start_action": "trap",
                "dpd_action": "clear",
            }
        },
    }


def _ours(wanted: Connection, identity: Identity | None) -> dict[str, Value]:
    told: dict[str, Value] = {"auth": "psk" if wanted.auth_local == "psk" else "pubkey"}
    if wanted.local_id:
        told["id"] = wanted.local_id
    if wanted.auth_local != "psk" and identity is not None:
        told["certs"] = [identity.certificate]
    return told


def _theirs(wanted: Connection, identity: Identity | None) -> dict[str, Value]:
    if wanted.auth_remote == "psk":
        return {"auth": "psk", "id": wanted.remote_id}
    told: dict[str, Value] = {"auth": _LEAST[wanted.auth_remote], "id": wanted.remote_id}
    if identity is not None:
        told["cacerts"] = [identity.authority]
    if wanted.trustpoint is not None and wanted.trustpoint.revocation:
        told["revocation"] = "strict"
    return told
