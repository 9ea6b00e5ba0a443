"""Entry point of `dmvpn-auto`: every error becomes one screen and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dmvpn_auto.errors import DmvpnError, ExitCode


def main() -> None:
    """Run the command line; exit with a code of `ExitCode`, 130 after Ctrl-C."""
    from dmvpn_auto.cli.app import app

    _reopen_closed_streams()
    try:
        app(prog_name="dmvpn-auto")
    except DmvpnError as error:
        stage = f" while: {error.stage}" if error.stage else ""
        sys.stderr.write(f"error{stage}: {error}\n")
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except OSError as error:
        what = f"{error.filename}: " if error.filename else "a file or a stream: "
        sys.stderr.write(f"error: {what}{error.strerror or type(error).__name__}\n")
        sys.exit(int(ExitCode.USAGE))
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        sys.stderr.write(
            f"bug: {type(error).__name__} in {_origin(error)}\n"
            "  next: please report this line with the command you typed "
            "(the message itself is withheld: it could hold a secret)\n"
        )
        sys.exit(int(ExitCode.BUG))


def _reopen_closed_streams() -> None:
    """Give whoever started us without standard streams (`<&-`, `>&-`) empty ones."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, stream)


def _origin(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown place"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} ({code.co_qualname})"
