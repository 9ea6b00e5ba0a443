"""`dmvpn-auto approve PLAN`: a second person's yes to a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import OutputOption


def command(
    plan: Annotated[Path, typer.Argument(help="The plan file, made by `dmvpn-auto plan`.")],
    key: Annotated[
        Path, typer.Option(help="Your private SSH key, or its .pub when an agent holds it.")
    ] = Path("~/.ssh/id_ed25519"),
    name: Annotated[
        str | None, typer.Option(help="Your name in the file `approvers`; your user name without.")
    ] = None,
    output: OutputOption = None,
) -> None:
    """Sign the hash of a plan that you have read; writes PLAN.approval.

    `deploy PLAN --approve PLAN.approval` checks it against the public keys in `approvers` of the
    inventory (OpenSSH's allowed signers).
    """
    from dmvpn_auto.rollout import approval, plan_file

    file = plan_file.read(plan)
    path = output or plan.with_name(f"{plan.name}.approval")
    given = approval.approve(file.hash, key.expanduser(), name, path)
    typer.echo(f"{given.by} approves {file.hash}: {path}")
