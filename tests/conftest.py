"""What every test may rely on, however the test run itself was started."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs deaf to Ctrl-C, and its children inherit that; the tests that
    # press it need ears.
    signal.signal(signal.SIGINT, signal.default_int_handler)
