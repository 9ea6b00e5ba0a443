"""The typer application: which verb lives in which module."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from dmvpn_auto import __version__

VERBS: dict[str, str] = {
    "approve": "approve",
    "demo": "demo",
    "deploy": "deploy",
    "diagnose": "diagnose",
    "drift": "drift",
    "explain": "explain",
    "init": "init",
    "lab": "lab",
    "parse": "parse",
    "plan": "plan",
    "render": "render",
    "report": "report",
    "resume": "resume",
    "rollback": "rollback",
    "runs": "runs",
    "schema": "schema",
    "show": "show",
    "validate": "validate",
    "verify": "verify",
}
"""Verb -> module with a function `command`; a `typer.Typer` named `app` there makes it a group."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="DMVPN for Cisco IOS and IOS-XE: describe once; render, deploy, verify, prove.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dmvpn-auto {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Declare the options that stand before the verb; they act in their callbacks."""


for _verb, _module in VERBS.items():
    _loaded = import_module(f"dmvpn_auto.cli.{_module}")
    if hasattr(_loaded, "app"):
        app.add_typer(_loaded.app, name=_verb)
    else:
        app.command(_verb)(_loaded.command)
