"""netmiko's IOS connection with its waits taken out: the socket is prepared, and the session is
made ready in two writes.

netmiko gives the login, host key policies, key files and proxies; what it polls and sleeps for is
done here by blocking reads. paramiko leaves Nagle's algorithm on, which costs 40 ms per small
packet: it is handed a socket without it.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import socket
import time
from pathlib import Path
from typing import Any

import paramiko
from netmiko.cisco.cisco_ios import CiscoIosSSH

from dmvpn_auto.device.conversation import Conversation
from dmvpn_auto.device.known_hosts import keys_of, name_of
from dmvpn_auto.device.window import Window

READ_SIZE = 65536
_WAKE = 2.0
"""Seconds after which a session at rest looks whether it was closed. paramiko looks ten times a
second: a thousand sessions at rest keep a core busy.
"""
PREPARATION = ("terminal length 0", "terminal width 511")
_FIRST_PROMPT = re.compile(r"(?:^|\n)([\w.\-]+)[#>] ?$")
_PROMPT_OR_PASSWORD = re.compile(r"(?:[Pp]assword: ?|(?:^|\n)[\w.\-]+[#>] ?)$")


class ClosedError(Exception):
    """The router closed the session."""


class StalledError(Exception):
    """The router said nothing for as long as it was allowed to; `tail` is the end of what it said
    before.
    """

    def __init__(self, seconds: float, tail: str = "") -> None:
        super().__init__(f"no answer for {seconds:g} s")
        self.tail = tail


class NotPrivilegedError(Exception):
    """The router gave no privileged prompt, with or without the enable secret."""


class UnknownHostKeyError(paramiko.SSHException):
    """Nobody has vouched for the router's host key; `key` is its type and SHA-256 fingerprint."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _Refuse(paramiko.MissingHostKeyPolicy):
    """Refuses a host key that is not known, and tells which it is."""

    def missing_host_key(self, _client: object, _hostname: str, key: paramiko.PKey) -> None:
        raise UnknownHostKeyError(f"{key.get_name()} {key.fingerprint}")


class IosConnection(CiscoIosSSH):
    """An IOS session at a privileged prompt, paging off. Reads block; nothing polls.

    netmiko's own methods still work on it, but they read through netmiko's polling.
    """

    def _modify_connection_params(self) -> None:
        if self.sock is None and not self.ssh_config_file:
            self.sock = _socket(self.host, self.port, self.conn_timeout)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def _build_ssh_client(self) -> paramiko.SSHClient:
        # An SSH configuration may give the host another name.
        known = super()._build_ssh_client if self.ssh_config_file else self._client_that_knows
        client = known()
        if isinstance(self.key_policy, paramiko.RejectPolicy):
            client.set_missing_host_key_policy(_Refuse())
        return client

    def _client_that_knows(self) -> paramiko.SSHClient:
        """Make a client that has the keys known for this router, and no others."""
        client = self._get_ssh_client_instance()
        client.set_missing_host_key_policy(self.key_policy)
        files = [Path("~/.ssh/known_hosts").expanduser()] if self.system_host_keys else []
        files += [Path(self.alt_key_file)] if self.alt_host_keys else []
        port = self.port or 22
        for file in files:
            for kind, key in keys_of(self.host, port, file).items():
                client.get_host_keys().add(name_of(self.host, port), kind, key)
        return client

    def _use_ssh_config(self, dict_arg: dict[str, Any]) -> dict[str, Any]:
        found = super()._use_ssh_config(dict_arg)
        if found["sock"] is None:
            found["sock"] = _socket(found["hostname"], found["port"], self.conn_timeout)
        return found

    def _try_session_preparation(self, force_data: bool = False) -> None:  # noqa: ARG002 - its signature
        try:
            self.session_preparation()
        except BaseException:
            self.paramiko_cleanup()
            raise

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """Log in; the session then rests without being looked at all the time."""
        super().establish_connection(width, height)
        if (own := self._own_socket()) is not None:
            own.settimeout(_WAKE)

    @property
    def stands(self) -> bool:
        """Whether nobody has closed it, as far as is known without asking."""
        channel: Any = self.remote_conn
        return channel is not None and not (channel.closed or channel.eof_received)

    def paramiko_cleanup(self) -> None:
        """End the session; what waits for the router to speak is woken."""
        own = self._own_socket()
        if self.remote_conn is not None:
            self.remote_conn.close()
            self.remote_conn = None
        if own is not None:
            with contextlib.suppress(OSError):  # the router was first
                own.shutdown(socket.SHUT_RDWR)
        super().paramiko_cleanup()

    def _own_socket(self) -> socket.socket | None:
        """Return the socket to the router; None with a proxy in between."""
        client = self.remote_conn_pre
        transport = client.get_transport() if client is not None else None
        return transport.sock if transport and isinstance(transport.sock, socket.socket) else None

    def session_preparation(self) -> None:
        """Find the prompt, become privileged, turn paging off."""
        prompt = self._await(_FIRST_PROMPT, self.banner_timeout)
        if prompt.endswith(">"):
            self._become_privileged()
        self.base_prompt = prompt.strip().rstrip("#>")[:16]
        talk = Conversation(self.base_prompt, PREPARATION, Window())
        self.write_now(talk.to_write(0.0))
        while not talk.done:
            list(talk.feed(self.read_some(self.banner_timeout), 0.0))

    def write_now(self, text: str) -> None:
        """Write `text`; it passes by netmiko's debug log, which would keep secrets."""
        channel: Any = self.remote_conn
        if channel is None:
            raise ClosedError
        try:
            channel.sendall(text.encode())
        except OSError as error:
            raise ClosedError from error

    def read_some(self, timeout: float) -> str:
        """Return what has arrived, waiting up to `timeout` s for it.

        Raises ClosedError, StalledError.
        """
        channel: Any = self.remote_conn
        if channel is None:
            raise ClosedError
        channel.settimeout(max(timeout, 0.001))
        try:
            data = channel.recv(READ_SIZE)
        except TimeoutError as error:
            raise StalledError(timeout) from error
        except OSError as error:
            raise ClosedError from error
        if not data:
            raise ClosedError
        return self._decoder.decode(data)

    def _become_privileged(self) -> None:
        self.write_now("enable\n")
        if not self._await(_PROMPT_OR_PASSWORD, self.banner_timeout).endswith("#"):
            if not self.secret:
                raise NotPrivilegedError("it asks for an enable secret and none is given")
            self.write_now(self.secret + "\n")
            if not self._await(_PROMPT_OR_PASSWORD, self.banner_timeout).endswith("#"):
                raise NotPrivilegedError("it does not accept the enable secret")

    def _await(self, pattern: re.Pattern[str], timeout: float) -> str:
        """Read until the end of what arrived matches `pattern`; return that match, without blanks
        around it.
        """
        text = ""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StalledError(timeout)
            text += self.read_some(left).replace("\r", "")
            if match := pattern.search(text):
                return match[0].strip()


def _socket(host: str, port: int, timeout: float) -> socket.socket:
    connection = socket.create_connection((host, port), timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
