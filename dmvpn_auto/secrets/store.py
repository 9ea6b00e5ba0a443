"""References resolved once, kept for the run, and taken out of texts again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dmvpn_auto.errors import SecretError
from dmvpn_auto.secrets.encrypted_files import AnsibleVaultResolver, SopsResolver
from dmvpn_auto.secrets.resolvers import EnvironmentResolver, FileResolver, Resolver
from dmvpn_auto.secrets.value import Secret, redact
from dmvpn_auto.secrets.vaults import KeyringResolver, VaultResolver


class Secrets:
    """The secrets of one inventory folder."""

    def __init__(self, inventory: Path, resolvers: Iterable[Resolver] | None = None) -> None:
        chosen = resolvers or every_resolver(inventory)
        self._resolvers = {resolver.scheme: resolver for resolver in chosen}
        self._known: dict[str, Secret] = {}

    def resolve(self, reference: str) -> Secret:
        """Return the value of `scheme:target`, fetched once per run.

        Raises SecretError for an unknown scheme, a missing, empty, multi-line or unprintable
        value; the message never holds the value, nor a reference that could be one.
        """
        if known := self._known.get(reference):
            return known
        scheme, colon, target = reference.partition(":")
        resolver = self._resolvers.get(scheme) if colon else None
        if resolver is None:
            raise SecretError(
                "this is no reference to a secret (its text is withheld: it could be the secret)",
                stage="secrets",
                hint=f"references begin with {', '.join(f'{s}:' for s in self._resolvers)}",
            )
        value = resolver.fetch(target)
        if problem := _unfit(value):
            raise SecretError(f"the value {problem}", where=reference, stage="secrets")
        return self._known.setdefault(reference, Secret(value))

    def reveal(self, reference: str) -> str:
        """Return the value itself: what `render` takes to write a real configuration."""
        return self.resolve(reference).reveal()

    def redact(self, text: str) -> str:
        """Return `text` with every value that was resolved so far as `***`."""
        return redact(text, self._known.values())


def every_resolver(inventory: Path) -> tuple[Resolver, ...]:
    """Return one resolver for each scheme; relative paths start at the inventory folder."""
    return (
        EnvironmentResolver(),
        FileResolver(inventory),
        KeyringResolver(),
        VaultResolver(),
        AnsibleVaultResolver(inventory),
        SopsResolver(inventory),
    )


def _unfit(value: str) -> str:
    """Say why no IOS line can carry the value; empty when one can."""
    if not value:
        return "is empty"
    if "\n" in value or "\r" in value:
        return "has more than one line"
    if not value.isprintable():
        return "has characters that cannot be typed"
    if value != value.strip():
        return "begins or ends with a blank"
    return ""
