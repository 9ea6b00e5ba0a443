"""The library that widens the register set: loaded by the real loader, tried on a real process."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dmvpn_auto.lab import xstate

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64 machine code")

TRACE = """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_void_p)
class Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
child = os.fork()
if child == 0:
    libc.ptrace(0, 0, 0, None)
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
os.waitpid(child, os.WUNTRACED)
buffer = ctypes.create_string_buffer(832)
iovec = Iovec(ctypes.addressof(buffer), 832)
print("get", libc.ptrace(0x4204, child, 0x202, ctypes.addressof(iovec)), iovec.length)
before = bytes(buffer)
buffer[160:176] = bytes(range(16))  # xmm0
buffer[512:520] = (buffer.raw[512] | 3).to_bytes(8, "little")
print("set", libc.ptrace(0x4205, child, 0x202, ctypes.addressof(iovec)), ctypes.get_errno())
again = ctypes.create_string_buffer(832)
iovec = Iovec(ctypes.addressof(again), 832)
libc.ptrace(0x4204, child, 0x202, ctypes.addressof(iovec))
print("same", again.raw[160:176] == bytes(range(16)))
word = ctypes.c_long(0)
print("peek", libc.ptrace(3, child, 15 * 8, None) != 0, ctypes.get_errno())  # orig_rax
ctypes.set_errno(0)
print("gone", libc.ptrace(16, 999999999, 0, None), ctypes.get_errno())
os.kill(child, 9)
os.waitpid(child, 0)
"""


def _trace(library: Path | None) -> dict[str, list[str]]:
    environment = {**os.environ, **({"LD_PRELOAD": str(library)} if library else {})}
    done = subprocess.run(
        [sys.executable, "-c", TRACE], capture_output=True, text=True, check=True, env=environment
    )
    assert "cannot be preloaded" not in done.stderr
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}


def _size() -> int:
    code = "from dmvpn_auto.lab.xstate import host_xstate_size as h; print(h())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_short_register_set_is_taken_only_with_the_library(tmp_path: Path) -> None:
    library = tmp_path / "x.so"
    library.write_bytes(xstate.interposer(_size()))
    alone, helped = _trace(None), _trace(library)
    assert alone["set"][0] == "-1"  # why user-mode Linux panics
    assert helped["set"] == ["0", "0"]
    assert helped["same"] == ["True"]


def test_all_other_requests_pass_unchanged(tmp_path: Path) -> None:
    library = tmp_path / "x.so"
    library.write_bytes(xstate.interposer(_size()))
    alone, helped = _trace(None), _trace(library)
    for request in ("get", "gone"):
        assert helped[request] == alone[request]
    assert helped["gone"] == ["-1", "3"]  # ESRCH
    assert helped["peek"][0] == "True"


@pytest.mark.skipif(shutil.which("readelf") is None, reason="needs binutils")
def test_the_library_is_well_formed_and_its_stack_not_executable(tmp_path: Path) -> None:
    library = tmp_path / "x.so"
    library.write_bytes(xstate.interposer(11008))
    done = subprocess.run(
        ["readelf", "-W", "-l", "-s", "-D", str(library)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Error" not in done.stderr
    assert "Warning" not in done.stderr
    stack = next(line for line in done.stdout.splitlines() if "GNU_STACK" in line)
    assert "RWE" not in stack


@pytest.mark.parametrize("size", [0, 576, 1 << 20])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="no size"):
        xstate.interposer(size)
