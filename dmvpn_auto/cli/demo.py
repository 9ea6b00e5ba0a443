"""`dmvpn-auto demo`: the main job on the embedded lab, each step the command a user would type."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from dmvpn_auto.errors import DmvpnError, ExitCode


class DemoError(DmvpnError):
    """A step of the demo did not answer yes."""

    exit_code = ExitCode.NO


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the demo, what it is for, and what came of it."""

    title: str
    words: tuple[str, ...]
    seconds: float
    status: int


def command(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for verify.json and the inventory.")
    ] = Path("build/demo"),
    backend: Annotated[
        Literal["uml", "netns"], typer.Option(help="Lab backend: uml or netns.")
    ] = "uml",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running.")] = False,
) -> None:
    """Bring a hub and three spokes up, deploy a DMVPN cloud to them and prove that it works."""
    output.mkdir(parents=True, exist_ok=True)
    inventory = output / "inventory"
    result = output / "verify.json"
    steps: list[Step] = []
    try:
        for title, words in _script(inventory, result, backend):
            steps.append(_run(title, words))
            if steps[-1].status:
                raise DemoError(
                    f"the step {title!r} ended with status {steps[-1].status}",
                    stage="demo",
                    hint=f"repeat it alone: dmvpn-auto {' '.join(steps[-1].words)}",
                )
    finally:
        if not keep:
            steps.append(_run("take the lab down", ("lab", "down")))
        _summary(steps, result, inventory, keep=keep)


def _script(inventory: Path, result: Path, backend: str) -> list[tuple[str, tuple[str, ...]]]:
    where = ("--inventory", str(inventory))
    return [
        ("boot the lab", ("lab", "up", "--backend", backend, *where)),
        ("check the intent", ("validate", *where)),
        ("deploy", ("deploy", *where, "--yes")),
        ("verify", ("verify", *where, "--format", "json", "--output", str(result))),
        ("deploy again: nothing to do", ("deploy", *where, "--yes")),
    ]


def _run(title: str, words: tuple[str, ...]) -> Step:
    typer.secho(f"\n== {title}\n$ dmvpn-auto {' '.join(words)}", bold=True, err=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "dmvpn_auto", *words], check=False)
    return Step(title, words, time.monotonic() - started, done.returncode)


def _summary(steps: list[Step], result: Path, inventory: Path, *, keep: bool) -> None:
    width = min(shutil.get_terminal_size().columns, 78)
    typer.echo("\n" + "=" * width)
    for step in steps:
        answer = "ok" if step.status == 0 else f"exit {step.status}"
        typer.echo(f"  {step.title:<40} {step.seconds:7.1f} s   {answer}")
    typer.echo(f"  {'in all':<40} {sum(s.seconds for s in steps):7.1f} s")
    if result.exists():
        verdict = json.loads(result.read_text())
        checks = verdict["checks"]
        passed = sum(c["status"] == "pass" for c in checks)
        typer.echo(
            f"\nverify: {verdict['verdict']} ({passed} of {len(checks)} checks), see {result}"
        )
    if keep:
        typer.echo(f"The lab is up; its inventory is {inventory}. Try:")
        typer.echo("  dmvpn-auto lab status")
        typer.echo(f"  dmvpn-auto lab fault spoke1 wrong-psk; dmvpn-auto verify -i {inventory}")
        typer.echo("  dmvpn-auto lab heal; dmvpn-auto lab down")
    else:
        typer.echo("The lab is down again. To keep one and type on its routers: make lab")
