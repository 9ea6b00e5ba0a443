"""`crypto pki trustpoint` of a running configuration: what a router enrols with, and for what."""

from __future__ import annotations

from typing import Literal

from dmvpn_auto.lab.dataplane.connection import Incomplete, Trustpoint
from dmvpn_auto.lab.dataplane.tree import section, sections, value
from dmvpn_auto.lab.live import Tree

KeyKind = Literal["rsa", "ecdsa"]
_RSA_BITS = 2048  # where `rsakeypair` gives no size
_EC_BITS = 384


def read_trustpoint(tree: Tree, named: str | None, profile: str, kind: KeyKind) -> Trustpoint:
    """Return the trustpoint that an IKE profile names, whose certificates hold keys of `kind`.

    None: the only one that is defined. `profile` is said in errors. Raises Incomplete.
    """
    defined = [words[0] for words, _ in sections(tree, "crypto pki trustpoint")]
    if named is None and len(defined) != 1:
        raise Incomplete(f"{profile} names no trustpoint")
    name = named if named is not None else defined[0]
    body = section(tree, f"crypto pki trustpoint {name}")
    if body is None:
        raise Incomplete(f"crypto pki trustpoint {name} is not defined")
    url = value(body, "enrollment url")
    if url is None:
        raise Incomplete(f"crypto pki trustpoint {name} has no enrollment url")
    elliptic = value(body, "eckeypair") is not None
    if elliptic is not (kind == "ecdsa"):
        raise Incomplete(f"crypto pki trustpoint {name} has another kind of key than {kind}")
    pair = value(body, "rsakeypair") or []
    subject, fqdn = value(body, "subject-name"), value(body, "fqdn")
    hostname = (value(tree, "hostname") or ["Router"])[0]
    checks = value(body, "revocation-check") or ["crl"]
    return Trustpoint(
        name=name,
        url=url[0],
        subject=" ".join(subject) if subject else f"CN={hostname}",
        fqdn=fqdn[0] if fqdn and fqdn[0] != "none" else None,
        kind=kind,
        bits=_EC_BITS if elliptic else int(pair[1]) if len(pair) > 1 else _RSA_BITS,
        revocation="none" not in checks,
    )
