"""Nodes that store pre-shared keys as type 6: encrypted with a random salt, so that one key never
reads the same twice and what was shown can be typed back as it is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pytest

from dmvpn_auto.lab.ios.grammar.crypto import PEER
from dmvpn_auto.lab.ios.shell import Shell
from tests.doubles import lab_node
from tests.doubles.lab_node import LabRouter

_SYNTAX = "pre-shared-key / [0] <key>"
_CLEAR = re.compile(r"(\s*pre-shared-key )(?:0 )?(\S+)\s*$")
_STORED = re.compile(r"pre-shared-key 6 (\S+)")


class Vault:
    """What the ciphertexts of the nodes stand for."""

    def __init__(self, nodes: Collection[LabRouter]) -> None:
        self._routers = {id(node.router) for node in nodes}
        self._clear: dict[str, str] = {}

    def stored(self, node: LabRouter) -> str:
        """Return the ciphertext that a node shows."""
        found = _STORED.search(node.router.running_text())
        assert found, "the node stores no key as type 6"
        return found[1]

    def key(self, node: LabRouter) -> str:
        """Return the key that a node uses."""
        return self._clear[self.stored(node)]

    def take(self, shell: Shell, line: str) -> str:
        """Return a typed line as the router of the shell stores it."""
        found = _CLEAR.match(line) if id(shell.router) in self._routers else None
        if found is None:
            return line
        cipher = secrets.token_hex(12).upper()
        self._clear[cipher] = found[2]
        return f"{found[1]}6 {cipher}"


@contextmanager
def stored_as_type_6(*nodes: LabRouter) -> Iterator[Vault]:
    """Let these nodes store the keys that are typed from now on as type 6."""
    vault = Vault(nodes)
    submit = lab_node._submit
    rule = next(line for line in PEER.lines if line.syntax == _SYNTAX)
    before = {id(one): (one, dict(vars(one))) for one in (rule, PEER)}

    async def encrypt(shell: Shell, line: str) -> None:
        await submit(shell, vault.take(shell, line))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab_node, "_submit", encrypt)
        for one, cached in ((rule, "parsed"), (PEER, "positive"), (PEER, "negative")):
            vars(one).pop(cached, None)
        vars(rule)["syntax"] = "pre-shared-key / [0|6] <key>"
        try:
            yield vault
        finally:
            for one, state in before.values():
                vars(one).clear()
                vars(one).update(state)
