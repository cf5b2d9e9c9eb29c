"""Oopses in the forms of the architectures: which function the registers and the backtrace name."""

import pytest

from kbis.oops import read
from tests.oops.consoles import stamped

POWERPC = [
    "NIP [c0000000005e3f50] foo_bar+0x30/0x90",
    "LR [c0000000005e3f40] foo_caller+0x20/0x90",
    "Call Trace:",
    "[c00000000775ba60] [c0000000005e3f40] foo_caller+0x20/0x90",
    "[c00000000775bb00] [c0000000005e4000] ksys_write+0x84/0x140",
]
MIPS = [
    "epc   : 801c1234 foo_bar+0x24/0x80",
    "ra    : 801c1200 foo_caller+0x20/0x80",
    "Call Trace:",
    "[<801c1234>] foo_bar+0x24/0x80",
    "[<801c1200>] foo_caller+0x20/0x80",
]
RISCV = [
    "epc : foo_bar+0x24/0x80",
    " ra : foo_caller+0x20/0x80",
    "[<ffffffff801c1234>] foo_bar+0x24/0x80",
    "[<ffffffff801c1200>] foo_caller+0x20/0x80",
    "[<ffffffff801c1300>] ksys_write+0x84/0x140",
]
S390 = [
    "Krnl PSW : 0704c00180000000 00000000001c1234 (foo_bar+0x24/0x80)",
    "           R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3",
    "Call Trace:",
    " [<00000000001c1234>] foo_bar+0x24/0x80",
    "([<00000000001c1200>] foo_caller+0x20/0x80)",
]
ARM = [
    "PC is at foo_bar+0x24/0x80",
    "LR is at foo_caller+0x20/0x80",
    "Backtrace:",
    "[<801c1200>] (foo_bar) from [<801c1300>] (foo_caller+0x20/0x80)",
    " foo_caller from ksys_write+0x84/0x140",
]
ARM64 = ["pc : foo_bar+0x24/0x80", "lr : foo_caller+0x20/0x80", "Call trace:", " foo_bar+0x24/0x80"]
LOONGARCH = [
    "   ra: 9000000000a00000 foo_caller+0x20/0x80",
    "  ERA: 9000000000a00010 foo_bar+0x24/0x80",
    "Call Trace:",
    "[<9000000000a00010>] foo_bar+0x24/0x80",
]
X86 = ["RIP: 0010:foo_bar+0x1/0x2", "Call Trace:", " <TASK>", " foo_caller+0x1/0x2"]
PAGING = "BUG: unable to handle kernel paging request"
NULL = "BUG: unable to handle kernel NULL pointer dereference"


@pytest.mark.parametrize(
    ("headline", "registers", "title"),
    [
        ("BUG: Kernel NULL pointer dereference on read at 0x00000000", POWERPC, NULL),
        ("Oops: Exception in kernel mode, sig: 4 [#1]", POWERPC, "Oops"),
        (
            "CPU 0 Unable to handle kernel paging request at virtual address 0, epc == 8, ra == 8",
            MIPS,
            PAGING,
        ),
        ("Kernel bug detected[#1]:", MIPS, "kernel BUG"),
        ("Oops[#1]:", MIPS, "Oops"),
        ("Unable to handle kernel NULL pointer dereference at virtual address 0010", RISCV, NULL),
        ("Oops - illegal instruction [#1]", RISCV, "Oops"),
        ("Unable to handle kernel pointer dereference in virtual kernel address space", S390, PAGING),
        ("illegal operation: 0001 ilc:1 [#1] SMP", S390, "illegal operation"),
        ("Unable to handle kernel NULL pointer dereference at virtual address 0010 when read", ARM, NULL),
        ("Internal error: Oops - undefined instruction: 0 [#1] SMP ARM", ARM, "Internal error"),
        ("Unable to handle kernel paging request at virtual address dfff800000000003", ARM64, PAGING),
        ("Internal error: synchronous external abort: 96000010 [#1] PREEMPT SMP", ARM64, "Internal error"),
        ("CPU 0 Unable to handle kernel paging request at virtual address 10, era == 9", LOONGARCH, PAGING),
        ("simd exception: 0000 [#1] PREEMPT SMP", X86, "simd exception"),
        ("Oops: alignment check: 0000 [#1] PREEMPT SMP", X86, "alignment check"),
    ],
)
def test_the_function_at_fault_is_read_in_every_form(headline: str, registers: list[str], title: str) -> None:
    crash = read(stamped(headline, "CPU: 0 PID: 100 Comm: a Not tainted 6.6.0", *registers))
    assert crash is not None
    assert crash.title == f"{title} in foo_bar"
    assert crash.frame == "foo_bar"


@pytest.mark.parametrize("start", ["", "watchdog: ", "NMI watchdog: "])
def test_a_hard_lockup_is_named_by_where_the_task_was_sent(start: str) -> None:
    frames = ["do_raw_spin_lock", "map_create", "__x64_sys_bpf", "do_syscall_64"]
    crash = read(
        stamped(
            f"{start}Watchdog detected hard LOCKUP on cpu 0",
            "Call Trace:",
            *[f" {frame}+0x1/0x2" for frame in frames],
        )
    )
    assert crash is not None
    assert (crash.title, crash.type) == ("BUG: hard lockup in sys_bpf", "HANG")
