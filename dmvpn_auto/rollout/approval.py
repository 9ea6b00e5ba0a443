"""A second person's yes to a plan: a signature over the hash of the plan file.

`approve` signs with an SSH key of that person (`ssh-keygen -Y sign`), `deploy` checks it against
the public keys in `approvers` of the inventory, OpenSSH's allowed-signers format. It protects
against pushing what nobody else has seen, and against a plan that is changed after it was seen. It
does not protect against somebody who may change `approvers` unseen, or who has the other's key.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dmvpn_auto.errors import InputError, UsageError
from dmvpn_auto.inventory import write_atomically
from dmvpn_auto.rollout.records import now, who

SIGNERS = "approvers"
NAMESPACE = "dmvpn-auto-plan"
_FORMAT = "dmvpn-auto approval 1"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes (the name that `approvers` gives the key), to which hash, when (UTC)."""

    by: str
    hash: str
    at: str

    def __str__(self) -> str:
        return f"{self.by} at {self.at}"


def approve(plan_hash: str, key: Path, identity: str | None, output: Path) -> Approval:
    """Sign a plan's hash and write the approval. Raises UsageError when the key does not sign."""
    approval = Approval(identity or who(), plan_hash, now())
    done = _ssh_keygen(["-Y", "sign", "-f", str(key), "-n", NAMESPACE], _statement(approval))
    if done.returncode or "BEGIN SSH SIGNATURE" not in done.stdout:
        raise UsageError(
            f"{key} does not sign: {_last(done.stderr)}",
            stage="approve",
            hint="name a private SSH key of yours with --key (or its .pub with an agent)",
        )
    fields = {"format": _FORMAT, "by": approval.by, "hash": plan_hash, "at": approval.at}
    text = json.dumps({**fields, "signature": done.stdout}, indent=1)
    write_atomically(output, text + "\n")
    return approval


def check(inventory: Path, path: Path, plan_hash: str) -> Approval:
    """Return the approval in `path` when it is one of this plan by a known approver who is not the
    person that deploys. Raises InputError, UsageError.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        approval = Approval(fields["by"], fields["hash"], fields["at"])
        signature, form = fields["signature"], fields["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no approval"
        raise InputError(
            f"cannot be read: {what}",
            where=str(path),
            stage="approve",
            hint="another person types: dmvpn-auto approve PLAN; it writes PLAN.approval",
        ) from None
    if form != _FORMAT or approval.hash != plan_hash:
        raise _refused(path, "it is the approval of another plan")
    if approval.by == who():
        raise _refused(path, f"{approval.by} cannot approve what {approval.by} deploys")
    signers = inventory / SIGNERS
    if not signers.is_file():
        raise UsageError(
            "no approver is known",
            where=str(signers),
            stage="approve",
            hint="a line per person: NAME " + f'namespaces="{NAMESPACE}" ssh-ed25519 AAAA...',
        )
    proof = path.with_name(f".{path.name}.sig")
    try:
        write_atomically(proof, signature)
        words = ["-Y", "verify", "-f", str(signers), "-I", approval.by, "-n", NAMESPACE]
        done = _ssh_keygen([*words, "-s", str(proof)], _statement(approval))
    finally:
        proof.unlink(missing_ok=True)
    if done.returncode:
        raise _refused(path, f"the signature is not one of {approval.by}'s keys in {signers}")
    return approval


def _statement(approval: Approval) -> str:
    return f"{_FORMAT}\n{approval.by}\n{approval.hash}\n{approval.at}\n"


def _ssh_keygen(words: list[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["ssh-keygen", *words], input=text, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise UsageError(
            "ssh-keygen is not installed; signatures are made and checked with it",
            stage="approve",
            hint="install OpenSSH's client (8.1 or newer)",
        ) from None


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no signature came back"


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(
        why, where=str(path), stage="approve", hint="another person types: dmvpn-auto approve PLAN"
    )
