"""Faults and traps, BUG() and panics, on several architectures."""

import pytest

from kbis.oops import Crash, read
from tests.oops.consoles import stamped, trace


def one(*lines: str) -> Crash:
    crash = read(stamped(*lines))
    assert crash is not None
    return crash


@pytest.mark.parametrize(
    ("headline", "title", "type_"),
    [
        (
            "BUG: kernel NULL pointer dereference, address: 0000000000000008",
            "NULL pointer dereference",
            "NULL-POINTER-DEREFERENCE",
        ),
        (
            "BUG: unable to handle kernel NULL pointer dereference at 0000000000000008",
            "NULL pointer dereference",
            "NULL-POINTER-DEREFERENCE",
        ),
        (
            "BUG: unable to handle kernel paging request at ffffc90001935030",
            "paging request",
            "MEMORY_SAFETY_BUG",
        ),
        (
            "BUG: unable to handle page fault for address: ffffed1010b12345",
            "paging request",
            "MEMORY_SAFETY_BUG",
        ),
        (
            "Unable to handle kernel paging request at virtual address dead000000000108",
            "paging request",
            "MEMORY_SAFETY_BUG",
        ),
    ],
)
def test_page_faults_of_all_spellings_have_one_title(headline: str, title: str, type_: str) -> None:
    crash = one(
        headline, "PGD 0 P4D 0", "Oops: 0002 [#1] PREEMPT SMP KASAN", *trace("sock_poll", pc="inet_sendmsg")
    )
    assert (crash.title, crash.type) == (f"BUG: unable to handle kernel {title} in inet_sendmsg", type_)
    assert crash.alternatives == ("bad-access in inet_sendmsg",)


@pytest.mark.parametrize("oops", ["", "Oops: "])
@pytest.mark.parametrize(
    ("headline", "title"),
    [
        ("general protection fault: 0000 [#1] SMP", "general protection fault"),
        (
            "general protection fault, probably for non-canonical address 0xdffffc0000000004: 0000 [#1]",
            "general protection fault",
        ),
        ("divide error: 0000 [#1] PREEMPT SMP", "divide error"),
        ("int3: 0000 [#1] PREEMPT SMP", "int3"),
        ("stack segment: 0000 [#1] SMP", "stack segment fault"),
        ("double fault: 0000 [#1] SMP", "PANIC: double fault"),
    ],
)
def test_traps_are_denials_of_service_with_or_without_oops_before_them(
    headline: str, title: str, oops: str
) -> None:
    crash = one(oops + headline, *trace("vfs_read", pc="tabledist"))
    assert (crash.title, crash.type) == (f"{title} in tabledist", "DoS")


@pytest.mark.parametrize(
    ("place", "title", "type_"),
    [
        ("fs/btrfs/extent_io.c:1024", "kernel BUG", "BUG"),
        ("mm/usercopy.c:102", "BUG: bad usercopy", "BUG"),
        ("lib/list_debug.c:53", "BUG: corrupted list", "MEMORY_SAFETY_BUG"),
    ],
)
def test_an_assertion_is_told_by_its_function_not_its_place(place: str, title: str, type_: str) -> None:
    helpers = ["usercopy_abort", "__check_object_size"] if "usercopy" in place else ["__list_del_entry_valid"]
    crash = one(
        "------------[ cut here ]------------",
        f"kernel BUG at {place}!",
        "invalid opcode: 0000 [#1] SMP KASAN",
        *trace(*helpers, "free_extent", pc=helpers[0]),
    )
    assert (crash.title, crash.type) == (f"{title} in free_extent", type_)


def test_a_32_bit_kernel_without_time_stamps_is_read_as_well() -> None:
    crash = read(
        b"""------------[ cut here ]------------
kernel BUG at drivers/misc/lkdtm.c:24!
invalid opcode: 0000 [#1]
CPU: 0 PID: 1 Comm: program Not tainted 0.250 #1
EIP: lkdtm_bug+0x3/0x5
Code: 90 <0f> 0b
EAX: 00000000 EBX: 00000001 ECX: 00000002 EDX: 00000003
Call Trace:
 sys_lkdtm+0x3b/0x4c
 do_int80_syscall_32+0x3b/0x4c
 entry_INT80_32+0x11/0x19
Modules linked in:
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception
"""
    )
    assert crash is not None
    assert (crash.title, crash.type, crash.frame) == ("kernel BUG in lkdtm_bug", "BUG", "lkdtm_bug")
    assert crash.frames == ("lkdtm_bug", "sys_lkdtm", "do_int80_syscall_32", "entry_INT80_32")
    assert not crash.corrupted
    assert crash.report.startswith(b"kernel BUG at") or crash.report.startswith(b"---")


def test_arm_prints_the_callee_first_and_the_place_in_the_caller() -> None:
    crash = one(
        "8<--- cut here ---",
        "Unhandled fault: page domain fault (0x01b) at 0x00000e30",
        "PC is at memset+0x30/0xa8",
        "LR is at trace_hardirqs_off+0x6c/0x120",
        "Backtrace: ",
        "[<802b3ffc>] (memset) from [<802e1324>] (n_tty_set_termios+0x6c/0x120)",
        " r5:842aa940 r4:00000000",
        "[<802e12b8>] (n_tty_set_termios) from [<80100a74>] (ret_fast_syscall+0x54/0xa0)",
    )
    assert (crash.title, crash.type) == ("Unhandled fault in n_tty_set_termios", "DoS")
    assert crash.frames == ("n_tty_set_termios", "ret_fast_syscall")


def test_arm64_names_the_function_behind_pc() -> None:
    crash = one(
        "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008",
        "pc : x25_connect+0x10/0x20",
        "lr : innocent+0x10/0x20",
        "Call trace:",
        " x25_connect+0x10/0x20",
        " __sys_connect+0x1/0x2",
    )
    assert crash.frames == ("x25_connect", "__sys_connect")


def test_powerpc_marks_what_its_unwinder_doubts() -> None:
    crash = one(
        "WARNING: CPU: 1 PID: 4057 at arch/powerpc/mm/slb.c:79 assert_slb_presence+0x2c/0x70",
        "NIP [c00000000009613c] assert_slb_presence+0x2c/0x70",
        "LR [c00000000009651c] do_slb_fault+0x10c/0x250",
        "Call Trace:",
        "[c00000003ae5bdc0] [c000000000000000] __rela_dyn_start+0x308828/0x345288 (unreliable)",
        "[c00000003ae5bdf0] [c00000000009651c] do_slb_fault+0x10c/0x250",
    )
    assert crash.frames == ("assert_slb_presence", "do_slb_fault")


def test_riscv_and_s390_registers_are_understood() -> None:
    riscv = one(
        "Unable to handle kernel paging request at virtual address 1",
        "epc : a_b+0x1/0x2",
        " ra : c_d+0x1/0x2",
    )
    s390 = one(
        "Unable to handle kernel pointer dereference in virtual kernel address space",
        "Krnl PSW : 0704c00180000000 0000000000115b8a (a_b+0x1/0x2)",
        "Call Trace:",
        " [<0000000000115b8a>] a_b+0x1/0x2",
    )
    assert riscv.frame == s390.frame == "a_b"
    assert riscv.corrupted
    assert not s390.corrupted


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Attempted to kill init! exitcode=0x00000013", "Attempted to kill init!"),
        (
            "EXT4-fs (device loop0): panic forced after error",
            "EXT4-fs (device loop0): panic forced after error",
        ),
        (
            "VFS: Unable to mount root fs on unknown-block(8,1)",
            "VFS: Unable to mount root fs on unknown-block(NUM,NUM)",
        ),
    ],
)
def test_a_panic_is_told_by_its_message_without_numbers(message: str, title: str) -> None:
    crash = one(f"Kernel panic - not syncing: {message}", *trace("dump_stack", "panic", "do_exit"))
    assert (crash.title, crash.type, crash.corrupted) == (f"kernel panic: {title}", "DoS", False)


def test_a_panic_that_only_ends_a_lost_report_is_corrupted() -> None:
    assert one("Kernel panic - not syncing: Fatal exception in interrupt", *trace("panic")).corrupted


def test_a_smashed_stack_names_the_function_it_was_found_in() -> None:
    crash = one(
        "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ktime_get+0x3f2/0x400"
    )
    assert crash.title == "kernel panic: stack is corrupted in ktime_get"


def test_a_stack_that_ran_over_is_told_by_where_the_task_was_sent() -> None:
    deep = ["lock_acquire", *["notify_change"] * 40, "rtnl_newlink", "rtnetlink_rcv_msg"]
    crash = one(
        "BUG: TASK stack guard page was hit at ffffc9000e4aff58 (stack is ffffc9000e4b0000..ffffc9000e4b8000)",
        "stack guard page: 0000 [#1] PREEMPT SMP KASAN",
        *trace(*deep, pc="lock_acquire"),
    )
    assert crash.title == "BUG: stack guard page was hit in rtnl_newlink"
    assert crash.alternatives == ("stack-overflow in rtnl_newlink",)


def test_rust_code_that_panics_is_told_by_its_message() -> None:
    crash = one(
        "rust_kernel: panicked at drivers/android/binder/node.rs:877:13:",
        "attempt to subtract with overflow",
        "------------[ cut here ]------------",
        "kernel BUG at rust/helpers/bug.c:7!",
        *trace("_RNvNtCs3oI_4core9panicking9panic_fmt", "_RNvMs_NtCs7_11rust_binder4nodeNtB4_4Node6update"),
    )
    assert crash.title == "attempt to subtract with overflow in <rust_binder::node::Node>::update"
