"""KASAN, KMSAN, KCSAN, KFENCE and UBSAN."""

import pytest

from kbis.oops import Crash, read
from tests.oops.consoles import USER, stamped, trace


def one(*lines: str, caller: str = "T4077") -> Crash:
    crash = read(stamped(*lines, caller=caller))
    assert crash is not None
    return crash


def kasan(kind: str, access: str, header: str, *names: str) -> Crash:
    return one(
        "=" * 66, f"BUG: KASAN: {kind} in {header}+0xfb/0x120", access, "", *trace("kasan_report", *names)
    )


READ = "Read of size 8 at addr ffff8880b8600000 by task syz-executor.0/4077"


@pytest.mark.parametrize(
    ("kind", "access", "title", "type_"),
    [
        ("use-after-free", READ, "KASAN: use-after-free Read", "KASAN-USE-AFTER-FREE-READ"),
        ("slab-use-after-free", READ, "KASAN: slab-use-after-free Read", "KASAN-USE-AFTER-FREE-READ"),
        (
            "slab-out-of-bounds",
            READ.replace("Read", "Write"),
            "KASAN: slab-out-of-bounds Write",
            "KASAN-WRITE",
        ),
        ("null-ptr-deref", READ, "KASAN: null-ptr-deref Read", "KASAN-NULL-POINTER-DEREFERENCE-READ"),
        (
            "invalid-access",
            "Read at addr f0ff8880b8600000 by task a/1",
            "KASAN: invalid-access Read",
            "KASAN-READ",
        ),
    ],
)
def test_kasan_tells_kind_access_and_function(kind: str, access: str, title: str, type_: str) -> None:
    crash = kasan(kind, access, "tty_release", "tty_release", "__fput")
    assert (crash.title, crash.type) == (f"{title} in tty_release", type_)
    assert crash.alternatives == ("bad-access in tty_release",)
    assert crash.frames == ("tty_release", "__fput", *USER)
    assert not crash.corrupted


@pytest.mark.parametrize(
    "header", ["memcpy", "__list_add_valid", "_raw_spin_lock_irqsave", "__mutex_lock", "strnlen"]
)
def test_a_helper_is_not_guilty_but_who_called_it(header: str) -> None:
    assert kasan("use-after-free", READ, header, header, "ovl_fill_super").frame == "ovl_fill_super"


@pytest.mark.parametrize("kind", ["double-free or invalid-free", "invalid-free", "double-free"])
def test_freeing_what_must_not_be_freed_is_one_kind(kind: str) -> None:
    crash = one("=" * 66, f"BUG: KASAN: {kind} in kfree+0x12/0x34", "", *trace("kfree", "hidraw_release"))
    assert (crash.title, crash.type) == ("KASAN: invalid-free in hidraw_release", "KASAN-INVALID-FREE")
    assert crash.alternatives == ("invalid-free in hidraw_release",)


def test_a_kasan_report_without_its_second_line_is_corrupted() -> None:
    crash = one("BUG: KASAN: slab-out-of-bounds in ip6_fragment+0x12/0x34 at addr ffff8880b8600000")
    assert (crash.title, crash.corrupted) == ("KASAN: slab-out-of-bounds in ip6_fragment at addr ADDR", True)


def test_the_history_of_the_object_is_not_the_guilty_stack() -> None:
    crash = one(
        "BUG: KASAN: use-after-free in memcmp+0x1/0x20",
        READ,
        "Call Trace:",
        " memcmp+0x1/0x20",
        "Allocated by task 3:",
        " innocent_alloc+0x1/0x20",
    )
    assert crash.frame == ""
    assert crash.title == "KASAN: use-after-free Read in corrupted"
    assert crash.corrupted


def test_kmsan_has_its_stack_right_behind_the_headline() -> None:
    crash = one("BUG: KMSAN: uninit-value in strlen+0x12/0x34", " strlen+0x12/0x34", " ntfs_iget5+0x1/0x2")
    assert (crash.title, crash.type) == ("KMSAN: uninit-value in ntfs_iget5", "KMSAN-UNINIT-VALUE")
    assert not crash.corrupted


def test_what_leaks_over_usb_is_also_known_by_who_left_it_unwritten() -> None:
    crash = one(
        "BUG: KMSAN: kernel-usb-infoleak in usb_submit_urb+0x12/0x34",
        " usb_submit_urb+0x12/0x34",
        " hif_usb_send+0x1/0x2",
        "Uninit was created at:",
        " __alloc_skb+0x1/0x2",
        " htc_connect_service+0x1/0x2",
    )
    assert (crash.title, crash.type) == ("KMSAN: kernel-usb-infoleak in hif_usb_send", "KMSAN-INFO-LEAK")
    assert crash.alternatives == ("KMSAN origin in htc_connect_service",)


def test_a_race_is_named_by_both_sides_in_alphabetical_order() -> None:
    crash = one(
        "BUG: KCSAN: data-race in tcp_poll / tcp_recvmsg",
        "",
        "write to 0xffff of 4 bytes by task 1 on cpu 0:",
    )
    assert (crash.title, crash.type) == ("KCSAN: data-race in tcp_poll / tcp_recvmsg", "KCSAN-DATARACE")


def test_a_function_may_race_with_itself() -> None:
    assert one("BUG: KCSAN: data-race in a_b / a_b").title == "KCSAN: data-race in a_b / a_b"


@pytest.mark.parametrize(
    ("kind", "type_", "cluster"),
    [
        ("use-after-free read", "KFENCE-USE-AFTER-FREE-READ", "bad-access"),
        ("out-of-bounds write", "KFENCE-WRITE", "bad-access"),
        ("invalid free", "KFENCE-INVALID-FREE", "invalid-free"),
        ("memory corruption", "KFENCE-MEMORY-CORRUPTION", ""),
    ],
)
def test_kfence_is_told_as_printed(kind: str, type_: str, cluster: str) -> None:
    crash = one(
        f"BUG: KFENCE: {kind} in f_oob+0x1/0x2", "", f"{kind} at 0xffff8c2aae24c020:", " f_oob+0x1/0x2"
    )
    assert (crash.title, crash.type) == (f"KFENCE: {kind} in f_oob", type_)
    assert crash.alternatives == ((f"{cluster} in f_oob",) if cluster else ())


@pytest.mark.parametrize(
    ("headline", "title", "type_"),
    [
        ("UBSAN: Undefined behaviour in fs/f2fs/super.c:12:3", "UBSAN: undefined-behaviour", "UBSAN"),
        ("UBSAN: shift-out-of-bounds in fs/jfs/jfs_dmap.c:12:3", "UBSAN: shift-out-of-bounds", "UBSAN"),
        (
            "UBSAN: array-index-out-of-bounds in a.c:1:2",
            "UBSAN: array-index-out-of-bounds",
            "MEMORY_SAFETY_UBSAN",
        ),
    ],
)
def test_ubsan_is_told_with_the_function_instead_of_the_place(headline: str, title: str, type_: str) -> None:
    crash = one("=" * 80, headline, *trace("dump_stack_lvl", "__ubsan_handle_shift_out_of_bounds", "dbSplit"))
    assert (crash.title, crash.type) == (f"{title} in dbSplit", type_)
