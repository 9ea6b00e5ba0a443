"""Spokes from NetBox: the devices that a filter finds, their fields as a mapping says.

Two queries or a few more, whatever the number of devices: the devices, and the IP addresses of each
entry of `addresses`. Spokes come in the order in which NetBox learnt of them (by id), so that a new
one never moves the tunnel address of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Any

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.spokes import Kind, Origin, Row, Spokes, from_text, kinds, put
from dmvpn_auto.models.sources import NetBox, SpokesFrom

if TYPE_CHECKING:
    import requests

_PAGE = 1000  # NetBox's own maximum, unless its MAX_PAGE_SIZE says otherwise
Record = dict[str, Any]


def read_netbox(source: SpokesFrom, origin: Origin) -> Spokes:
    """Ask NetBox for the devices.

    Raises InputError (NetBox cannot be reached, refuses the token or the filter, a field is not
    there), SecretError.
    """
    if source.netbox is None:
        raise ValueError("spokes_from names no NetBox")
    wanted = source.netbox
    devices, addresses = _fetch(wanted, origin)
    if not devices:
        raise InputError(
            "no device of NetBox matches the filter",
            where=origin.where(("netbox", "filter")), stage="read",
            hint="look at the device list of NetBox with the same filter",
        )  # fmt: skip
    found = Spokes()
    for device in devices:
        row = dict(_facts(device, wanted, addresses))
        name = row.pop("name", None)
        where = place(device)
        if not isinstance(name, str):
            raise InputError("the device has no name", where=where, stage="read")
        if name in found.rows:
            raise InputError(
                f"spoke {name!r} is given twice; first by {found.places[name]}",
                where=where,
                stage="read",
            )
        nested: Row = {}
        for key, value in row.items():
            put(nested, key, value)
        found.rows[name] = nested
        found.places[name] = where
    return found


def place(device: Record) -> str:
    """Name a device so that it is found in NetBox."""
    return f"NetBox device {device.get('name') or 'without a name'} (id {device['id']})"


def _facts(
    device: Record, wanted: NetBox, addresses: Mapping[str, Mapping[int, list[str]]]
) -> Iterator[tuple[str, object]]:
    for key, path in {"name": "name", **wanted.fields}.items():
        value = _plain(kinds()[key], _at(device, path), device, path)
        if value not in (None, "", []):
            yield key, value
    for key, by_device in addresses.items():
        if held := by_device.get(int(device["id"])):
            kind = kinds()[key]
            if kind != "list" and len(held) > 1:
                raise InputError(
                    f"{key!r} is one address, but {len(held)} match: {', '.join(held)}",
                    where=place(device),
                    stage="read",
                )
            yield key, _plain(kind, held if kind == "list" else held[0], device, key)


def _at(device: Record, path: str) -> Any:
    """Follow the dots; nothing on the way is nothing at the end, an unknown name is an error."""
    value: Any = device
    for step in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping) or step not in value:
            known = [str(key) for key in value] if isinstance(value, Mapping) else []
            close = get_close_matches(step, known, n=1)
            meant = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
            raise InputError(
                f"there is no field {path!r} ({step!r} is unknown{meant if known else ''})",
                where=place(device),
                stage="read",
            )
        value = value[step]
    return value


def _plain(kind: Kind, value: Any, device: Record, path: str) -> object:
    """Make of a field what YAML would say; an object stands for its address, prefix or choice."""
    if isinstance(value, Mapping):
        named = next((k for k in ("address", "prefix", "value") if k in value), None)
        if named is None:
            raise InputError(
                f"the field {path!r} is an object; name one of its fields: {', '.join(value)}",
                where=place(device),
                stage="read",
            )
        value = value[named]
    if isinstance(value, list):
        return [_plain("text", item, device, path) for item in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and kind == "number"):
        return value
    text = str(value).strip()
    if kind == "address":
        text = text.partition("/")[0]  # NetBox writes every address with a prefix length
    return from_text(kind, text) if text else None


def _fetch(wanted: NetBox, origin: Origin) -> tuple[list[Record], dict[str, dict[int, list[str]]]]:
    """Ask; every trouble becomes an InputError that does not hold the token."""
    import pynetbox
    import requests

    where = origin.where(("netbox",))
    token = origin.reveal(wanted.token)
    try:
        with _session(wanted, origin) as session:
            api = pynetbox.api(wanted.url.rstrip("/"), token=token)
            api.http_session = session
            query = _query(wanted.filter)
            if not any(path.startswith("config_context") for path in wanted.fields.values()):
                query["exclude"] = "config_context"  # NetBox makes it anew for each device
            found = map(dict, api.dcim.devices.filter(limit=_PAGE, **query))
            devices = sorted(found, key=lambda one: int(one["id"]))
            addresses = {
                key: _by_device(api.ipam.ip_addresses.filter(limit=_PAGE, **_query(chosen)))
                for key, chosen in wanted.addresses.items()
            }
    except pynetbox.RequestError as error:
        raise _refused(error, wanted, where) from None
    except (pynetbox.ContentError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{wanted.url} does not answer as NetBox does", where=where, stage="read",
            hint="the url is that of NetBox's start page, without /api",
        ) from None  # fmt: skip
    except requests.exceptions.SSLError:
        raise InputError(
            f"the certificate of {wanted.url} is not trusted", where=where, stage="read",
            hint="name the authority that signed it: spokes_from.netbox.ca_file",
        ) from None  # fmt: skip
    except requests.exceptions.Timeout:
        raise InputError(
            f"{wanted.url} did not answer within {wanted.timeout} s", where=where, stage="read"
        ) from None
    except (requests.exceptions.RequestException, OSError) as error:
        raise InputError(
            f"{wanted.url} cannot be reached ({type(error).__name__})", where=where, stage="read"
        ) from None
    return devices, addresses


def _query(chosen: Mapping[str, object]) -> dict[str, Any]:
    """Write a filter as NetBox's list pages do."""

    def text(value: object) -> object:
        return str(value).lower() if isinstance(value, bool) else value

    return {key: list(v) if isinstance(v, tuple) else text(v) for key, v in chosen.items()}


def _by_device(records: Any) -> dict[int, list[str]]:
    """Return the addresses on the interfaces of each device, in numeric order."""
    found: dict[int, list[str]] = {}
    for record in map(dict, records):
        owner = (record.get("assigned_object") or {}).get("device")
        if owner:
            found.setdefault(int(owner["id"]), []).append(str(record["address"]))
    for held in found.values():
        held.sort(key=lambda text: (ip_interface(text).version, ip_interface(text)))
    return found


def _refused(error: Any, wanted: NetBox, where: str) -> InputError:
    status = error.req.status_code
    if status in (401, 403):
        return InputError(
            f"{wanted.url} refuses the token {wanted.token} ({status})", where=where, stage="read",
            hint="it needs the permission to view devices and IP addresses",
        )  # fmt: skip
    if status == 400:
        return InputError(
            f"{wanted.url} refuses a filter: {_detail(error)}", where=where, stage="read"
        )
    hint = "the url is that of NetBox's start page, without /api" if status == 404 else ""
    return InputError(f"{wanted.url} answers {status}", where=where, stage="read", hint=hint)


def _detail(error: Any) -> str:
    """Return NetBox's words about a filter: `{"status": ["... is not one of ..."]}`."""
    try:
        said = error.req.json()
    except ValueError:
        return "no reason given"
    if not isinstance(said, Mapping):
        return "no reason given"
    return "; ".join(
        f"{key}: {' '.join(map(str, words)) if isinstance(words, list) else words}"
        for key, words in said.items()
    )


def _session(wanted: NetBox, origin: Origin) -> requests.Session:
    """Return a session that gives up, and that takes no other credentials from ~/.netrc.

    What the intent says about certificates wins over the environment (REQUESTS_CA_BUNDLE).
    """
    import requests
    from requests.adapters import HTTPAdapter

    said: dict[str, Any] = {"timeout": wanted.timeout}
    if wanted.ca_file:
        path = origin.cloud.parent / wanted.ca_file
        if not path.is_file():
            raise InputError(
                f"there is no file {wanted.ca_file}",
                where=origin.where(("netbox", "ca_file")),
                stage="read",
            )
        said["verify"] = str(path)

    class Adapter(HTTPAdapter):
        """Sends every request with the timeout and the authority of the intent."""

        def send(self, request: Any, **words: Any) -> requests.Response:  # type: ignore[override]
            """Send; raises what requests raises."""
            return super().send(request, **{**words, **said})

    session = requests.Session()
    session.auth = lambda request: request
    session.mount("https://", Adapter())
    session.mount("http://", Adapter())
    return session
