"""Many routers at once, over Nornir: one session each, opened on first use and kept unless said
otherwise; results by name.

A router that fails is a result (its DeviceError), not an exception: the others go on. Ctrl-C is
heard at once: routers not begun are left alone, those in progress finish what they are at; a
second Ctrl-C stops them between two lines.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from nornir.core import Nornir
from nornir.core.configuration import Config, RunnerConfig
from nornir.core.inventory import ConnectionOptions, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.state import GlobalState
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from dmvpn_auto import inventory as inventories
from dmvpn_auto.device.credentials import Keys
from dmvpn_auto.device.login import CONNECTION, IosPlugin
from dmvpn_auto.device.session import Session
from dmvpn_auto.errors import AuthenticationError, DeviceError, UnreachableError, UsageError

T = TypeVar("T")
_TICK = 0.5
"""Seconds after which a Ctrl-C is heard that came while Python went back to waiting for a lock."""
WORKERS = 20  # measured: threads beyond 50 make a Python process slower, not faster
KEPT = 400
"""Sessions that are kept open: each takes a line of its router, and a file and a thread here."""
Work = Callable[[Session], T]
OnDone = Callable[[str, Any], None]

ConnectionPluginRegister.register(CONNECTION, IosPlugin)


class InterruptedFleet(KeyboardInterrupt):
    """Ctrl-C during a run; `results` holds what the routers that were begun came to."""

    def __init__(self, results: dict[str, Any]) -> None:
        super().__init__()
        self.results = results


class Fleet:
    """The routers of an inventory, reachable by name. Made by `open_fleet`."""

    def __init__(
        self, nornir: Nornir, stop: Event, on_interrupt: Callable[[], None] | None = None
    ) -> None:
        self._nornir = nornir
        self._on_interrupt = on_interrupt
        self._stop = stop
        self._refused: dict[str, AuthenticationError] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names, in the order of the inventory."""
        return tuple(self._nornir.inventory.hosts)

    def run(
        self,
        work: Work[T],
        hosts: Iterable[str] | None = None,
        *,
        on_done: Callable[[str, T | DeviceError], None] | None = None,
        stop_on_error: bool = False,
        keep: bool = True,
    ) -> dict[str, T | DeviceError]:
        """Do `work` on each router, several at a time; return by name what it returned or the
        DeviceError it raised.

        `on_done` is called, from the thread that called `run`, as each router is done. With
        `stop_on_error` no further router is begun after the first error; a router that was not
        begun is not in the result. Without `keep` the session of a router ends with its work, so
        that no more are open than worked on; so it does when more than KEPT are asked at once.
        An exception other than DeviceError is raised after
        all have ended. Raises InterruptedFleet on Ctrl-C, UsageError for an unknown name.
        """
        known = self._nornir.inventory.hosts
        names = self.hosts if hosts is None else tuple(hosts)
        for name in names:
            _refuse_unknown(name, known)
        if not names:
            return {}
        keep = keep and len(names) <= KEPT
        halt, asked = Event(), frozenset(names)
        runner = _Runner(self.workers, self._stop, halt, on_done, self._on_interrupt)
        chosen = self._nornir.filter(filter_func=lambda host: host.name in asked)
        chosen = chosen.with_runner(runner)
        outcome = chosen.run(
            task=self._task,
            work=work,
            halt=halt,
            stop_on_error=stop_on_error,
            keep=keep,
            raise_on_error=False,
        )
        results = {name: outcome[name][0].result for name in names if name in outcome}
        for result in results.values():
            if isinstance(result, _Bug):
                raise result.error
        results = {name: result for name, result in results.items() if result is not _NOT_BEGUN}
        if runner.interrupted:
            raise InterruptedFleet(results)
        return results

    def read(
        self, work: Work[T], hosts: Iterable[str] | None = None, *, keep: bool = True
    ) -> dict[str, T | DeviceError]:
        """Do `work` that changes nothing; see `run`.

        A router whose session broke on the way is asked once more, on a new session: over a
        thousand lines one always breaks.
        """
        found = self.run(work, hosts, keep=keep)
        broken = [name for name, result in found.items() if _broke(result)]
        if broken:
            self.renew(broken)
            found |= self.run(work, broken, keep=keep)
        return found

    def renew(self, hosts: Iterable[str]) -> None:
        """Close the sessions of these routers: the next work on them logs in anew.

        A refused login is tried once more; to be called only after the cause may have gone.
        """
        names = tuple(hosts)
        for name in names:
            self._refused.pop(name, None)
        self.leave(names)

    def leave(self, hosts: Iterable[str]) -> None:
        """Close the sessions of these routers; whoever comes back to one logs in anew."""
        for name in hosts:
            self._nornir.inventory.hosts[name].close_connections()

    def stop(self) -> None:
        """Have pushes stop between two lines, until `go_on`."""
        self._stop.set()

    def go_on(self) -> None:
        """Let pushes go on."""
        self._stop.clear()

    @property
    def workers(self) -> int:
        """How many routers are worked on at the same time."""
        return int(self._nornir.config.runner.options["num_workers"])

    def _task(
        self, task: Task, work: Work[T], halt: Event, *, stop_on_error: bool, keep: bool
    ) -> Result:
        result: object = _NOT_BEGUN
        if not halt.is_set():
            try:
                result = work(self._session(task))
            except DeviceError as error:
                result = error
                if stop_on_error:
                    halt.set()
            except Exception as error:  # noqa: BLE001 - raised again by `run`, in its thread
                result = _Bug(error)
                halt.set()
            finally:
                if not keep:
                    task.host.close_connections()
        return Result(task.host, result=result)

    def _session(self, task: Task) -> Session:
        host = task.host
        if refused := self._refused.get(host.name):
            raise refused
        held = host.connections.get(CONNECTION)
        if held is not None and not held.connection.fresh:
            host.close_connection(CONNECTION)
        try:
            session: Session = host.get_connection(CONNECTION, task.nornir.config)
        except AuthenticationError as error:
            self._refused[host.name] = error
            raise
        return session


def _broke(result: object) -> bool:
    """Whether a session that had been opened was lost."""
    return isinstance(result, UnreachableError) and result.stage != "connect"


_NOT_BEGUN = object()
"""The result of a router that was left alone."""


class _Bug:
    """An exception that is none of ours, on its way to the caller."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Runner:
    """Nornir's runner plugin: threads, and a Ctrl-C that is heard."""

    def __init__(
        self,
        workers: int,
        stop: Event,
        halt: Event,
        on_done: OnDone | None,
        on_interrupt: Callable[[], None] | None,
    ) -> None:
        self._workers = workers
        self._stop = stop
        self._on_done = on_done
        self._on_interrupt = on_interrupt
        self._halt = halt
        self.interrupted = False

    def run(self, task: Task, hosts: list[Any]) -> AggregatedResult:
        """Run `task` on `hosts`; after Ctrl-C only the hosts that were begun have a result."""
        result = AggregatedResult(task.name)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="router")
        left = {pool.submit(task.copy().start, host): host.name for host in hosts}
        try:
            with _heard(self._hear):
                while left:
                    self._collect(left, result)
        except KeyboardInterrupt:  # from a handler that is not ours
            self._hear()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return result

    def _hear(self) -> None:
        """The first Ctrl-C lets nobody begin any more, the second stops pushes between lines."""
        if self.interrupted:
            self._stop.set()
        first, self.interrupted = not self.interrupted, True
        self._halt.set()
        if first and self._on_interrupt:
            self._on_interrupt()

    def _collect(self, left: dict[Future[MultiResult], str], result: AggregatedResult) -> None:
        done, _ = wait(left, _TICK, return_when="FIRST_COMPLETED")
        for future in done:
            name = left[future]
            result[name] = future.result()
            outcome = result[name][0].result
            told = outcome is not _NOT_BEGUN and not isinstance(outcome, _Bug)
            if self._on_done and told:
                self._on_done(name, outcome)
            del left[future]


@contextmanager
def _heard(hear: Callable[[], None]) -> Iterator[None]:
    """Call `hear` at each Ctrl-C within the block instead of raising KeyboardInterrupt.

    An exception can arrive between any two instructions, a call cannot be lost. Only the main
    thread of a program that has not its own handler is spared.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: hear())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def open_fleet(
    inventory: Path,
    hosts: Sequence[str] | None = None,
    *,
    workers: int = WORKERS,
    on_interrupt: Callable[[], None] | None = None,
) -> Iterator[Fleet]:
    """Give the routers of an inventory folder, all or those named; nothing is connected yet.

    All sessions end with the block. `on_interrupt` is called at the first Ctrl-C during a run.
    Raises InputError or SecretError for the inventory, UsageError for a name that is not in it.
    """
    known = inventories.load_hosts(inventory)
    names = tuple(known) if hosts is None else tuple(hosts)
    for name in names:
        _refuse_unknown(name, known)
    stop, keys = Event(), Keys()
    reachable = Hosts({name: nornir_host(known[name], stop, keys) for name in names})
    nornir = Nornir(
        inventory=Inventory(hosts=reachable),
        config=Config(runner=RunnerConfig(options={"num_workers": workers})),
        data=GlobalState(),
    )
    try:
        yield Fleet(nornir, stop, on_interrupt)
    finally:
        for host in nornir.inventory.hosts.values():
            host.close_connections()


def nornir_host(host: inventories.Host, stop: Event, keys: Keys) -> Host:
    """Give Nornir a host whose secrets stay references until its session is opened.

    Hosts with the same `keys` share what is known of their credentials.
    """
    extras = {
        **host.extras,
        "name": host.name,
        "password": host.password,
        "stop": stop,
        "credentials": keys.of(host.username, host.password or host.extras.get("key_file")),
    }
    return Host(
        name=host.name,
        hostname=host.hostname,
        port=host.port,
        username=host.username,
        platform=host.platform,
        data=dict(host.data),
        connection_options={CONNECTION: ConnectionOptions(extras=extras)},
    )


def _refuse_unknown(name: str, known: Collection[str]) -> None:
    if name not in known:
        names = list(known)
        near = get_close_matches(name, names, 1)
        raise UsageError(
            f"no host {name!r} in the inventory",
            stage="fleet",
            hint=f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names[:20])}",
        )
