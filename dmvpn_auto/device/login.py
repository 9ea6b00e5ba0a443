"""Open a session from the facts of the inventory; every failure is one of ours and names the
router.

Also the Nornir connection plugin `ios`, so that a playbook can say
`task.host.get_connection("ios", task.nornir.config)`.
"""

from __future__ import annotations

import logging
import socket
from threading import Event
from typing import Any

import paramiko
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException

from dmvpn_auto.device.connection import (
    ClosedError,
    IosConnection,
    NotPrivilegedError,
    StalledError,
    UnknownHostKeyError,
)
from dmvpn_auto.device.credentials import Credentials
from dmvpn_auto.device.session import Session
from dmvpn_auto.errors import AuthenticationError, UnreachableError, UsageError
from dmvpn_auto.secrets import Secret

CONNECTION = "ios"
_SSH = 22
PLATFORMS = ("cisco_ios", "cisco_xe", "ios")
_RECORDS = ("session_log", "session_log_record_writes", "session_log_file_mode", "verbose")

_TRUST: dict[str, Any] = {"ssh_strict": True, "system_host_keys": True}

logging.getLogger("paramiko").addHandler(logging.NullHandler())


def open_session(
    name: str,
    *,
    hostname: str,
    port: int,
    username: str,
    password: str | None,
    extras: dict[str, Any] | None = None,
    stop: Event | None = None,
) -> Session:
    """Log in to the router `name`.

    `extras` are further arguments of netmiko's connection (secret, key_file, conn_timeout, ...).
    The router's host key must be known to OpenSSH's known_hosts or to `alt_key_file`, unless
    `ssh_strict` is false.

    Raises UnreachableError, AuthenticationError (also for a missing or wrong enable secret),
    UsageError for an argument that netmiko does not have or that would record secrets.
    """
    wanted = {**_TRUST, **(extras or {})}
    if recording := [key for key in _RECORDS if key in wanted]:
        raise UsageError(
            f"connection option {recording[0]!r} would write secrets to a file or the screen",
            where=name,
            stage="connect",
            hint="take it out of connection_options in the inventory",
        )
    place = f"{hostname}:{port}"
    try:
        connection = IosConnection(
            host=hostname,
            port=port,
            username=username,
            password=password,
            device_type="cisco_ios",
            **wanted,
        )
    except (NetmikoAuthenticationException, paramiko.AuthenticationException) as error:
        raise AuthenticationError(
            name,
            f"user {username!r} is not accepted at {place}",
            stage="connect",
            hint="check username and password in the inventory; it was tried once only",
        ) from error
    except NotPrivilegedError as error:
        raise AuthenticationError(
            name,
            f"no privileged prompt: {error}",
            stage="connect",
            hint="give the user privilege 15, or `secret` in connection_options.netmiko.extras",
        ) from error
    except (
        NetmikoTimeoutException,
        paramiko.SSHException,
        EOFError,
        ClosedError,
        StalledError,
        OSError,
    ) as error:
        raise UnreachableError(
            name,
            f"no session at {place}: {_why(error)}",
            stage="connect",
            hint=_next(error, hostname, port, username),
        ) from error
    except (TypeError, ValueError) as error:
        raise UsageError(f"connection options: {error}", where=name, stage="connect") from error
    return Session(name, connection, stop)


def _next(error: BaseException, hostname: str, port: int, username: str) -> str:
    """Say what to type next."""
    named = hostname if port == _SSH else f"[{hostname}]:{port}"
    cause = _cause(error)
    if isinstance(cause, UnknownHostKeyError):
        return (
            "compare it with what the router's console shows (show ip ssh), then: "
            f"ssh-keyscan -p {port} {hostname} >> ~/.ssh/known_hosts"
        )
    if isinstance(cause, paramiko.BadHostKeyException):
        return f"only when the router was replaced or has new keys: ssh-keygen -R '{named}'"
    return f"try: ssh -p {port} {username}@{hostname}"


def _cause(error: BaseException) -> BaseException:
    """Return what lies behind netmiko's exception; a doubt about the host key before all else."""
    seen: list[BaseException] = [error]
    while following := seen[-1].__cause__ or seen[-1].__context__:
        seen.append(following)
    doubts = (UnknownHostKeyError, paramiko.BadHostKeyException)
    return next((e for e in seen if isinstance(e, doubts)), seen[min(1, len(seen) - 1)])


def _why(error: BaseException) -> str:
    cause = _cause(error)
    if isinstance(cause, UnknownHostKeyError):
        return f"nobody has vouched for its host key {cause.key}"
    if isinstance(cause, paramiko.BadHostKeyException):
        return "its host key is not the one that is known for it"
    if isinstance(cause, socket.gaierror):
        return "the name is not known"
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, OSError):
        return cause.strerror.lower() if cause.strerror else type(cause).__name__
    if isinstance(cause, ClosedError):
        return "the router closed the session before its prompt"
    if isinstance(cause, StalledError):
        return f"no prompt: {cause}"
    return str(cause).strip().partition("\n")[0] or type(cause).__name__


class IosPlugin:
    """Nornir's connection plugin: `connection` is a Session."""

    connection: Session

    def open(  # noqa: PLR0917 - Nornir's signature
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Any = None,  # noqa: ARG002 - Nornir's signature
    ) -> None:
        """Open the session.

        `extras` holds beside netmiko's arguments the `name`, the `password` as a Secret, the
        event `stop` that ends a push between two lines, and the Credentials that the router
        shares with others.
        """
        wanted: dict[str, Any] = {
            key: value.reveal() if isinstance(value, Secret) else value
            for key, value in (extras or {}).items()
        }
        name = str(wanted.pop("name", hostname))
        if platform not in PLATFORMS:
            raise UsageError(
                f"platform {platform!r} is not one of {', '.join(PLATFORMS)}",
                where=name,
                stage="connect",
                hint="set `platform: cisco_xe` in hosts.yaml or groups.yaml",
            )
        stop: Event | None = wanted.pop("stop", None)
        password = wanted.pop("password", password)
        credentials: Credentials = wanted.pop("credentials", None) or Credentials()
        address = (hostname or name, port or _SSH)
        direct = not {"ssh_config_file", "sock"} & set(wanted)

        def attempt() -> Session:
            return open_session(
                name,
                hostname=address[0],
                port=address[1],
                username=username or "",
                password=password,
                extras=wanted,
                stop=stop,
            )

        self.connection = credentials.login(name, address if direct else None, attempt)

    def close(self) -> None:
        """End the session."""
        self.connection.close()
