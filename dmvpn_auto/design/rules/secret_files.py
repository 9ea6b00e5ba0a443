"""Rules about secrets that stand in files beside the intent."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.rules.base import WARNING, Breach, Place, Rule, View
from dmvpn_auto.models.free import REFERENCE

_KEYS = ("pre_shared_key", "authentication", "password")
_FILE = "file:"


class SecretFile(Rule):
    """A secret's file that is missing, empty or open to every user stops a deploy before it begins.

    Only files are looked at: variables and vaults may exist on another machine than this one.
    """

    id = "secret-file"
    severity = WARNING
    fix = "put the value into the file (one line) and make it yours alone: chmod 600 FILE"
    source = "the tool's own secret files, see docs/secrets.md"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Resolve each reference to a file, once."""
        told: set[str] = set()
        for at, reference in _references(cloud):
            if reference in told or not reference.startswith(_FILE):
                continue
            told.add(reference)
            if cloud.secret(reference) is None:
                message = f"{reference} is missing, empty, not one line, or open to every user"
                yield Breach(at, message)


def _references(cloud: View) -> Iterator[tuple[Place, str]]:
    intent = cloud.intent
    sections = {"crypto": intent.crypto, "nhrp": intent.nhrp, "overlay": intent.overlay}
    for name, section in sections.items():
        for key in _KEYS:
            if reference := getattr(section, key, None):
                yield (name, key), reference
    given = (intent.free, *(owner.free for owner in intent.groups.values()),
             *(owner.free for owner in intent.sites.values()))  # fmt: skip
    for free in given:
        for lines in (free or {}).values():
            for line in (*lines.before, *lines.inside, *lines.after):
                for reference in REFERENCE.findall(line):
                    yield ("free",), reference
    for name, spoke in intent.spokes.items():
        if spoke.pre_shared_key:
            yield ("spokes", name, "pre_shared_key"), spoke.pre_shared_key


RULES = (SecretFile,)
