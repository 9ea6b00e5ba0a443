"""Make user-mode Linux run on CPUs whose register state is larger than it was built for.

User-mode Linux 6.1 (Debian 12) saves and restores the extended registers of its processes with
`ptrace(PTRACE_SETREGSET, NT_X86_XSTATE)` and a buffer of 2696 bytes: x87, SSE, AVX, AVX-512, PKRU.
The kernel accepts only a buffer of the full size of that CPU (`xstateregs_set` answers EFAULT to
any other count). A CPU with AMX has 11008 bytes, so user-mode Linux panics at its first process
("ptrace set fp regs failed, errno = 14").

The cure is a shared library of one function, `ptrace`, put before the C library's by LD_PRELOAD: it
copies the short buffer into one of the full size and clears the feature bits of the states which
are not in it (AMX tiles: then they are in their initial state), all else it passes on. As a
compiler is not at hand on a user's machine, the library is written here, byte by byte. It is used
only where `host_xstate_size` says that it is needed; other CPUs start the kernel unchanged.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct

UML_XSTATE_SIZE = 2696
"""Bytes of extended state which user-mode Linux 6.1 saves (HOST_FP_SIZE, arch/x86/um)."""

_PTRACE_TRACEME, _PTRACE_KILL, _PTRACE_GETREGSET = 0, 8, 0x4204
_NT_X86_XSTATE = 0x202
_PROBE_SIZE = 1 << 18

_TEXT, _DATA, _DATA_OFFSET = 0x400, 0x10000, 0x1000
_GOT, _BUFFER = 0x10200, 0x10240
_SIZE_MARK = bytes.fromhex("44332211")  # replaced by the full size of this CPU

# Intel syntax; rdi request, rsi pid, rdx address, rcx data; errno as the C library sets it.
# The library's ptrace hides the raw call's way of returning PEEK results (requests 1 to 3).
_CODE = bytes.fromhex(
    "4989ca"  # ptrace: mov r10, rcx
    "81ff05420000"  # cmp edi, PTRACE_SETREGSET
    "7551"  # jne plain
    "4881fa02020000"  # cmp rdx, NT_X86_XSTATE
    "7548"  # jne plain
    "4c8b4108"  # mov r8, [rcx+8]            iov_len
    "4981f844332211"  # cmp r8, SIZE
    "733b"  # jae plain
    "57"  # push rdi
    "56"  # push rsi
    "488b31"  # mov rsi, [rcx]               iov_base
    "488d3d13fe0000"  # lea rdi, [rip+BUFFER]
    "4c89c1"  # mov rcx, r8
    "f3a4"  # rep movsb
    "48812503000100ff030800"  # and qword [rip+BUFFER+512], 0x803ff   XSTATE_BV: 0-9 and APX
    "5e"  # pop rsi
    "5f"  # pop rdi
    "6844332211"  # push SIZE                 an iovec on the stack
    "488d05f5fd0000"  # lea rax, [rip+BUFFER]
    "50"  # push rax
    "4989e2"  # mov r10, rsp
    "b865000000"  # mov eax, SYS_ptrace
    "0f05"  # syscall
    "4883c410"  # add rsp, 16
    "eb2a"  # jmp done
    "448d4fff"  # plain: lea r9d, [rdi-1]
    "4183f902"  # cmp r9d, 2
    "7705"  # ja call
    "4c8d5424f0"  # lea r10, [rsp-16]         PEEK: the kernel stores the word
    "b865000000"  # call: mov eax, SYS_ptrace
    "0f05"  # syscall
    "483d01f0ffff"  # cmp rax, -4095
    "730c"  # jae done
    "4183f902"  # cmp r9d, 2
    "7705"  # ja out
    "488b4424f0"  # mov rax, [rsp-16]
    "c3"  # out: ret
    "483d01f0ffff"  # done: cmp rax, -4095
    "72f7"  # jb out
    "f7d8"  # neg eax
    "50"  # push rax
    "ff1569fd0000"  # call [rip+GOT]          __errno_location
    "59"  # pop rcx
    "8908"  # mov [rax], ecx
    "4883c8ff"  # or rax, -1
    "c3"  # ret
)


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def host_xstate_size() -> int:
    """Ask the kernel how many bytes of extended state a process has here (2696 without AMX).

    Forks a child that stops for its tracer; call it from a program with a single thread.
    Raises OSError when this machine does not let a process trace its own child.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_void_p)
    child = os.fork()
    if child == 0:
        traced = libc.ptrace(_PTRACE_TRACEME, 0, 0, None) == 0
        if traced:
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(1)
    try:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            raise PermissionError("this machine does not allow ptrace, which user-mode Linux needs")
        buffer = ctypes.create_string_buffer(_PROBE_SIZE)
        iovec = _Iovec(ctypes.addressof(buffer), _PROBE_SIZE)
        got = libc.ptrace(_PTRACE_GETREGSET, child, _NT_X86_XSTATE, ctypes.addressof(iovec))
        error = ctypes.get_errno()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except ChildProcessError as gone:
        raise OSError(f"the probe for the CPU's register state was taken away: {gone}") from gone
    if got != 0:
        raise OSError(error, f"PTRACE_GETREGSET: {os.strerror(error)}")
    return int(iovec.length)


def interposer(size: int) -> bytes:
    """Return the shared library (ELF64, x86-64) which widens the register set to `size` bytes."""
    if not 576 < size < 1 << 20:  # the header ends there; the code holds 31 bits
        raise ValueError(f"{size} bytes is no size of a register state")
    strings = b"\0ptrace\0__errno_location\0libc.so.6\0"
    name = {word: strings.index(word.encode()) for word in ("ptrace", "__errno", "libc")}
    symbols = (
        bytes(24)
        + struct.pack("<IBBHQQ", name["__errno"], 0x12, 0, 0, 0, 0)
        + struct.pack("<IBBHQQ", name["ptrace"], 0x12, 0, 1, _TEXT, len(_CODE))
    )
    # SysV hash with a single bucket: 2 -> 1 -> end.
    hashes = struct.pack("<6I", 1, 3, 2, 0, 0, 1)
    relocation = struct.pack("<QQq", _GOT, (1 << 32) | 6, 0)  # R_X86_64_GLOB_DAT of symbol 1
    where, place, body = {}, 64 + 5 * 56, b""
    for part, content in (
        ("hash", hashes),
        ("symbols", symbols),
        ("relocation", relocation),
        ("strings", strings),
    ):
        body += bytes(-(place + len(body)) % 8)
        where[part] = place + len(body)
        body += content
    dynamic = b"".join(
        struct.pack("<qQ", tag, value)
        for tag, value in (
            (1, name["libc"]),  # NEEDED
            (4, where["hash"]),
            (5, where["strings"]),
            (6, where["symbols"]),
            (7, where["relocation"]),
            (8, len(relocation)),
            (9, 24),  # RELAENT
            (10, len(strings)),
            (11, 24),  # SYMENT
            (0, 0),
        )
    )
    code = _CODE.replace(_SIZE_MARK, struct.pack("<I", size))
    text_end, data_end = _TEXT + len(code), _GOT + 8 - _DATA

    def segment(kind: int, flags: int, offset: int, address: int, *sizes: int) -> bytes:
        in_file, in_memory, align = sizes
        return struct.pack(
            "<IIQQQQQQ", kind, flags, offset, address, address, in_file, in_memory, align
        )

    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        *(3, 62, 1, 0, 64, 0, 0),  # shared object, x86-64, program headers at 64
        *(64, 56, 5, 64, 0, 0),
    )
    header += segment(1, 5, 0, 0, text_end, text_end, 0x1000)
    in_memory = _BUFFER + size - _DATA
    header += segment(1, 6, _DATA_OFFSET, _DATA, data_end, in_memory, 0x1000)
    header += segment(2, 6, _DATA_OFFSET, _DATA, len(dynamic), len(dynamic), 8)
    header += segment(0x6474E551, 6, 0, 0, 0, 0, 16)  # PT_GNU_STACK: not executable
    header += segment(0, 0, 0, 0, 0, 0, 0)
    head = (header + body).ljust(_TEXT, b"\0") + code
    return (head.ljust(_DATA_OFFSET, b"\0") + dynamic).ljust(_DATA_OFFSET + data_end, b"\0")
