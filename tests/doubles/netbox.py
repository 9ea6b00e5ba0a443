"""A small NetBox: an HTTP server on loopback that answers as its REST API does.

Lists are paged (`count`, `next`, `previous`, `results`), filters take several values, one that does
not exist is ignored, a choice that does not exist is refused with 400, a wrong token with 403.
Shapes are those of NetBox 4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Record = dict[str, Any]
STATUSES = ("offline", "active", "planned", "staged", "failed", "inventory", "decommissioning")


@dataclass
class NetBoxDouble:
    """What the server holds, and what was asked."""

    token: str
    devices: list[Record] = field(default_factory=list)
    addresses: list[Record] = field(default_factory=list)
    largest_page: int = 1000
    silent: bool = False
    """Never answer."""
    answer: tuple[int, str] | None = None
    """Answer all with this status and body."""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    stopped: Event = field(default_factory=Event)

    def add_device(
        self, name: str | None, *, role: str = "branch", site: str = "", **more: Any
    ) -> Record:
        """Add a device; `more` are fields such as `custom_fields`, `primary_ip4`."""
        number = more.pop("id", len(self.devices) + 1)
        device: Record = {
            "id": number,
            "url": f"{self.url}/api/dcim/devices/{number}/",
            "display": name or f"unnamed ({number})",
            "name": name,
            "device_type": {"id": 1, "model": "C8200", "slug": "c8200"},
            "role": _named(role),
            "platform": None,
            "site": _named(site) if site else None,
            "status": {"value": "active", "label": "Active"},
            "primary_ip4": None,
            "config_context": {"slow": True},
            "custom_fields": {},
            "tags": [],
            **more,
        }
        self.devices.append(device)
        return device

    def add_address(self, device: Record | None, address: str, tag: str) -> Record:
        """Add an IP address on an interface of the device; None: not assigned."""
        owner = device and {
            "id": 7,
            "name": "Gi2",
            "device": {k: device[k] for k in ("id", "name")},
        }
        record = {
            "id": len(self.addresses) + 1,
            "family": {"value": 4, "label": "IPv4"},
            "address": address,
            "assigned_object_type": "dcim.interface" if owner else None,
            "assigned_object": owner,
            "tags": [_named(tag)],
        }
        self.addresses.append(record)
        return record

    def reply(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        """Return status and body of a GET."""
        lists = {
            "/api/dcim/devices/": self.devices,
            "/api/ipam/ip-addresses/": self.addresses,
        }
        if path not in lists:
            return 404, {"detail": "Not found."}
        for value in query.get("status", []):
            if value not in STATUSES:
                said = f"Select a valid choice. {value} is not one of the available choices."
                return 400, {"status": [said]}
        found = [record for record in lists[path] if _matches(record, query)]
        if query.get("exclude") == ["config_context"]:
            found = [{k: v for k, v in one.items() if k != "config_context"} for one in found]
        offset = int(query.get("offset", ["0"])[0])
        limit = min(int(query.get("limit", ["50"])[0]) or self.largest_page, self.largest_page)
        follows = None
        if offset + limit < len(found):
            more = {**query, "limit": [str(limit)], "offset": [str(offset + limit)]}
            follows = f"{self.url}{path}?{urlencode(more, doseq=True)}"
        page = found[offset : offset + limit]
        return 200, {"count": len(found), "next": follows, "previous": None, "results": page}


def _named(slug: str) -> Record:
    return {"id": 1, "display": slug.title(), "name": slug.title(), "slug": slug}


def _matches(record: Record, query: Mapping[str, list[str]]) -> bool:
    for key in ("role", "site"):
        if key in query and (record.get(key) or {}).get("slug") not in query[key]:
            return False
    if "status" in query and record.get("status", {}).get("value") not in query["status"]:
        return False
    if "has_primary_ip" in query:
        wanted = {"true": True, "false": False}[query["has_primary_ip"][0]]
        if wanted != bool(record.get("primary_ip4")):
            return False
    tags = {tag["slug"] for tag in record["tags"]}
    return "tag" not in query or tags.issuperset(query["tag"])


@contextmanager
def netbox(token: str, tls: SSLContext | None = None) -> Iterator[NetBoxDouble]:
    """Serve an empty NetBox on loopback."""
    double = NetBoxDouble(token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            double.asked.append(self.path)
            if double.silent:
                double.stopped.wait()
                return
            split = urlsplit(self.path)
            if double.answer:
                self._answer(double.answer[0], double.answer[1].encode(), "text/html")
            elif self.headers["Authorization"] != f"Token {double.token}":
                self._json(403, {"detail": "Invalid token"})
            else:
                self._json(*double.reply(split.path, parse_qs(split.query)))

        def _json(self, status: int, body: Any) -> None:
            self._answer(status, json.dumps(body).encode(), "application/json")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("API-Version", "4.2")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme = "http"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    double.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield double
    finally:
        double.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
