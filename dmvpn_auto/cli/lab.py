"""`dmvpn-auto lab`: a hub, three spokes and their LANs on this machine, without a Cisco image."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dmvpn_auto.errors import ExitCode, LabError, UsageError
from dmvpn_auto.resources import resource

if TYPE_CHECKING:
    from dmvpn_auto.lab.state import LabFolder, LabRecord

app = typer.Typer(
    no_args_is_help=True, help="Run the embedded lab: routers that speak IOS on a real dataplane."
)

NameArgument = Annotated[
    str | None, typer.Argument(help="Name of the lab; not needed when there is only one.")
]


def _say(line: str) -> None:
    typer.echo(f"  {line}", err=True)


def _find(name: str | None) -> LabFolder:
    """Return the folder of a lab that was brought up, or is left of one."""
    from dmvpn_auto.lab.state import labs

    found = labs()
    chosen = [lab for lab in found if name in (None, lab.path.name)]
    if len(chosen) == 1:
        return chosen[0]
    if not found:
        text = f"the lab {name!r} is not up" if name else "no lab is up"
        raise UsageError(text, hint="dmvpn-auto lab up")
    names = ", ".join(lab.path.name for lab in found)
    if not chosen:
        raise UsageError(f"there is no lab {name!r}; there are: {names}")
    raise UsageError(f"which lab? There are: {names}")


def _record(folder: LabFolder) -> LabRecord:
    record = folder.record()
    if record is None:
        raise LabError("the lab has no record", where=str(folder.path), hint="dmvpn-auto lab down")
    return record


@app.command()
def up(
    topology: Annotated[
        Path | None, typer.Argument(help="containerlab file; default: hub and three spokes.")
    ] = None,
    backend: Annotated[
        Literal["uml", "netns"],
        typer.Option(help="uml: a kernel of its own (no root, no modules); netns: the host's."),
    ] = "uml",
    inventory: Annotated[
        Path, typer.Option("--inventory", "-i", help="Inventory folder to write.")
    ] = Path("build/lab/inventory"),
    memory: Annotated[
        int, typer.Option(min=256, help="Memory of the lab's kernel, megabytes.")
    ] = 1024,
) -> None:
    """Bring the lab up and wait until every router shows its prompt."""
    from dmvpn_auto.lab import lifecycle

    try:
        done = lifecycle.up(
            topology or resource("lab") / "dmvpn.clab.yml",
            backend=backend,
            inventory=inventory,
            memory=memory,
            say=_say,
        )
    except KeyboardInterrupt:
        _say("interrupted: what had been started was taken down again; see: dmvpn-auto lab status")
        raise
    if done.already:
        typer.echo(f"lab {done.record.name}: was up already")
    else:
        total = sum(seconds for _, seconds in done.phases)
        longest = ", ".join(f"{name} {seconds:.1f}" for name, seconds in done.phases)
        typer.echo(f"lab {done.record.name}: up in {total:.1f} s ({longest})")
    for router, port in done.record.ports.items():
        typer.echo(f"  ssh -p {port} admin@127.0.0.1    {router}, password admin")
    for host, port in done.record.jumps.items():
        typer.echo(f"  ssh -J admin@127.0.0.1:{port} ...    through {host}, password admin")
    typer.echo(f"  inventory: {done.inventory}")


@app.command()
def status(
    name: NameArgument = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", "-f", help="text or json.")
    ] = "text",
) -> None:
    """Show the nodes of the lab; exit 1 when it is not up or not whole."""
    from dmvpn_auto.lab.control import open_lab
    from dmvpn_auto.lab.faults import injected
    from dmvpn_auto.lab.state import labs

    if not labs():
        typer.echo(json.dumps({"lab": None, "nodes": []}) if form == "json" else "no lab is up")
        raise typer.Exit(int(ExitCode.NO))
    folder = _find(name)
    record = _record(folder)
    try:
        with open_lab(folder, timeout=30) as lab:
            answer = lab.status()
    except LabError as error:
        if form == "json":
            typer.echo(json.dumps({"lab": record.name, "phase": "dead", "nodes": []}))
        else:
            typer.echo(f"lab {record.name}: dead ({error.message})")
        raise typer.Exit(int(ExitCode.NO)) from None
    broken = {fault.node: fault.kind for fault in injected(folder)}
    if form == "json":
        for row in answer["nodes"]:
            row |= {"port": record.ports.get(row["name"]), "fault": broken.get(row["name"])}
        typer.echo(json.dumps({"lab": record.name, "backend": record.backend, **answer}, indent=1))
        raise typer.Exit(int(ExitCode.YES if answer["phase"] == "ready" else ExitCode.NO))
    typer.echo(f"lab {record.name}: {answer['phase']}, backend {record.backend}")
    typer.echo(f"  {'node':<14}{'role':<8}{'ssh':<18}{'tunnels':<12}peers")
    for row in answer["nodes"]:
        port = record.ports.get(row["name"])
        states = row.get("peers", [])
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        fault = f"   fault: {broken[row['name']]}" if row["name"] in broken else ""
        typer.echo(
            f"  {row['name']:<14}{row['role']:<8}{f'127.0.0.1:{port}' if port else '-':<18}"
            f"{','.join(row.get('tunnels', [])) or '-':<12}{counts or '-'}{fault}"
        )
    if answer["phase"] != "ready":
        raise typer.Exit(int(ExitCode.NO))


@app.command()
def down(
    name: NameArgument = None,
    every: Annotated[bool, typer.Option("--all", help="Take all labs of yours down.")] = False,
) -> None:
    """Take the lab down: no process, namespace, mount or file stays. Harmless when none is up."""
    from dmvpn_auto.lab import lifecycle
    from dmvpn_auto.lab.state import labs

    if name is not None and ("/" in name or name.endswith((".yml", ".yaml"))):
        raise UsageError(
            f"{name!r} is a file; a lab goes down by the name in it",
            hint="the labs that are up: dmvpn-auto lab status",
        )
    if name is not None and every:
        raise UsageError("give a name or --all, not both")
    found = labs()
    if name is None and not found:
        typer.echo("no lab is up")
        return
    chosen = found if every else [_find(name)]
    gone: list[str] = []
    try:
        for folder in chosen:
            lifecycle.down(folder, _say)
            gone.append(folder.path.name)
            typer.echo(f"lab {folder.path.name}: down")
    except KeyboardInterrupt:
        left = [lab.path.name for lab in chosen if lab.path.name not in gone]
        _say(f"interrupted: {', '.join(gone) or 'no lab'} down; perhaps in part up: "
             f"{', '.join(left)} (type: dmvpn-auto lab down {left[0]})")  # fmt: skip
        raise


@app.command(
    name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def exec_(
    node: Annotated[str, typer.Argument(help="Node of the topology, wan or spoke1-lan.")],
    program: Annotated[
        list[str], typer.Argument(help="Linux program and its arguments, after --.")
    ],
    lab: Annotated[str | None, typer.Option("--lab", help="Name of the lab.")] = None,
) -> None:
    """Run a Linux program in a node's namespaces; its exit status is ours."""
    from dmvpn_auto.lab.control import open_lab

    def output(chunk: bytes) -> None:
        sys.stdout.buffer.write(chunk)
        sys.stdout.flush()

    def errors(chunk: bytes) -> None:
        sys.stderr.buffer.write(chunk)
        sys.stderr.flush()

    argv = program[1:] if program[0] == "--" else program
    if not argv:
        raise UsageError("no program is named", hint=f"dmvpn-auto lab exec {node} -- ip addr")
    with open_lab(_find(lab), timeout=None) as connection:
        code = connection.exec(node, argv, output, errors)
    raise typer.Exit(code if code >= 0 else 128 - code)


@app.command()
def fault(
    node: Annotated[
        str | None, typer.Argument(help="Router to break; without one: list the kinds.")
    ] = None,
    kind: Annotated[str | None, typer.Argument(help="Kind of fault, as listed.")] = None,
    lab: Annotated[str | None, typer.Option("--lab", help="Name of the lab.")] = None,
) -> None:
    """Break a router; return when the fault shows in its live state."""
    from dmvpn_auto.lab import faults
    from dmvpn_auto.lab.fault_kinds import KINDS

    if node is None:
        for one in KINDS.values():
            typer.echo(f"{one.name:<26}{one.state or '-':<7}{one.role or 'any':<7}{one.says}")
        return
    if kind is None:
        raise UsageError("which fault?", hint="the kinds: dmvpn-auto lab fault")
    folder = _find(lab)
    try:
        with folder.lock():
            said = faults.inject(folder, _record(folder), node, kind)
    except KeyboardInterrupt:
        broken = [fault.kind for fault in faults.injected(folder) if fault.node == node]
        _say(f"interrupted: {node} is {'broken by ' + broken[0] if broken else 'not broken'}; "
             f"take it back: dmvpn-auto lab heal {node}")  # fmt: skip
        raise
    made = KINDS[kind]
    shows = f"; show dmvpn says {made.state}" if made.state else ""
    typer.echo(f"{said} ({made.says}{shows})")


@app.command()
def heal(
    node: Annotated[str | None, typer.Argument(help="Router to heal; default: all.")] = None,
    lab: Annotated[str | None, typer.Option("--lab", help="Name of the lab.")] = None,
) -> None:
    """Take faults back; return when the peers that were up before are up again."""
    from dmvpn_auto.lab import faults

    folder = _find(lab)
    try:
        with folder.lock():
            said = faults.heal(folder, _record(folder), node)
    except KeyboardInterrupt:
        left = ", ".join(f"{fault.node} {fault.kind}" for fault in faults.injected(folder))
        _say(f"interrupted: still broken: {left or 'nothing'}; peers were not awaited")
        raise
    for line in said or ["nothing was broken"]:
        typer.echo(line)


@app.command()
def fleet(
    configs: Annotated[
        Path, typer.Argument(help="Folder of startup configurations, one NAME.cfg per router.")
    ],
    inventory: Annotated[
        Path, typer.Option("--inventory", "-i", help="Inventory folder to write.")
    ],
    minute: Annotated[
        float, typer.Option(min=0.01, help="Seconds that a minute of revert timers lasts.")
    ] = 60.0,
    drop: Annotated[
        float, typer.Option(min=0, max=1, help="Probability that typing breaks the connection.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Begin another sequence of broken connections.")] = 0,
) -> None:
    """Serve many routers without a dataplane, for plans and rollouts at scale, until Ctrl-C."""
    import asyncio

    from dmvpn_auto.lab.fleet import Disturbance, serve

    def ready(ports: dict[str, int]) -> None:
        typer.echo(f"{len(ports)} routers listen; inventory: {inventory}; Ctrl-C ends them")

    asyncio.run(
        serve(
            configs,
            minute=minute,
            disturbance=Disturbance(drop, seed),
            inventory=inventory,
            ready=ready,
        )
    )
