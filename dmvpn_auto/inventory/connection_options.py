"""`connection_options.netmiko.extras`: which of netmiko's options an inventory may set.

Options that choose the device, would write a session to disk or change how text is read are not
among them: the tool decides those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

NETMIKO_OPTIONS: Final = {
    "alt_host_keys": bool, "alt_key_file": str, "allow_agent": bool, "auth_timeout": float,
    "banner_timeout": float, "conn_timeout": float, "disabled_algorithms": dict,
    "keepalive": int, "key_file": str, "passphrase": str, "secret": str, "ssh_config_file": str,
    "ssh_strict": bool, "system_host_keys": bool, "use_keys": bool,
}  # fmt: skip
"""Option -> the type of its value; times are in seconds."""

PATHS: Final = ("alt_key_file", "key_file", "ssh_config_file")
"""Options whose value is a path; relative ones start at the inventory folder."""

_RECORDS: Final = ("session_log", "session_log_record_writes", "session_log_file_mode", "verbose")
_NAMES: Final = {bool: "true or false", str: "a text", float: "a number", int: "a whole number",
                 dict: "a mapping"}  # fmt: skip


def problems(extras: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield (option, what is wrong with it)."""
    for name, value in extras.items():
        kind = NETMIKO_OPTIONS.get(name)
        if name in _RECORDS:
            yield name, f"connection option {name!r} would write secrets to a file or the screen"
        elif kind is None:
            near = get_close_matches(name, NETMIKO_OPTIONS, n=1)
            meant = (
                f"did you mean {near[0]!r}?" if near else f"options: {', '.join(NETMIKO_OPTIONS)}"
            )
            yield name, f"{name!r} is no connection option; {meant}"
        elif not _fits(value, kind):
            yield name, f"{name} must be {_NAMES[kind]}"


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
