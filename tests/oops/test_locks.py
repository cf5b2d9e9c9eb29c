"""lockdep, spin locks, and sleeping where it is forbidden."""

import pytest

from kbis.oops import Crash, read
from tests.oops.consoles import frames, stamped, trace


def one(*lines: str) -> Crash:
    crash = read(stamped(*lines, caller="T5627"))
    assert crash is not None
    return crash


def deadlock(headline: str, first: str, second: str) -> Crash:
    return one(
        "=" * 54,
        headline,
        "5.15.0 #221 Not tainted",
        "-" * 54,
        "syz-executor3/5627 is trying to acquire lock:",
        f"ffff888029ba0120 (sk_lock-AF_INET6){{+.+.}}-{{0:0}}, at: {first}+0x3c5/0x39d0",
        "",
        "but task is already holding lock:",
        f"ffffffff8d3c9e68 (rtnl_mutex){{+.+.}}-{{3:3}}, at: {second}+0x17/0x20",
        "",
        "which lock already depends on the new lock.",
        "the existing dependency chain (in reverse order) is:",
        "-> #1 (rtnl_mutex){+.+.}-{3:3}:",
        "       innocent+0x17/0x20",
        "stack backtrace:",
        "CPU: 0 PID: 5627 Comm: syz-executor3 Not tainted 5.15.0 #221",
        "Call Trace:",
        *frames(
            "dump_stack_lvl", "print_circular_bug", "__lock_acquire", "lock_acquire", "do_ipv6_setsockopt"
        ),
    )


@pytest.mark.parametrize(
    "headline",
    [
        "WARNING: possible circular locking dependency detected",
        "WARNING: possible recursive locking detected",
        "[ INFO: possible circular locking dependency detected ]",
    ],
)
def test_a_possible_deadlock_is_told_by_who_takes_the_lock(headline: str) -> None:
    crash = deadlock(headline, "do_ipv6_setsockopt", "rtnl_lock")
    assert (crash.title, crash.type) == ("possible deadlock in do_ipv6_setsockopt", "LOCKDEP")
    assert crash.frames[0] == "do_ipv6_setsockopt"
    assert not crash.corrupted


def test_a_lock_taken_for_others_points_at_the_one_held() -> None:
    headline = "WARNING: possible circular locking dependency detected"
    assert deadlock(headline, "down_trylock", "tick_handler").frame == "tick_handler"


def test_a_lock_report_that_ends_too_early_is_told_by_its_headline() -> None:
    crash = one(
        "WARNING: possible circular locking dependency detected", "4.15.0-rc7+ #255 Not tainted", "---"
    )
    assert (crash.title, crash.corrupted) == ("WARNING: possible circular locking dependency detected", True)


def test_an_inconsistent_state_is_not_blamed_on_where_the_state_was_registered() -> None:
    crash = one(
        "WARNING: inconsistent lock state",
        "inconsistent {INITIAL USE} -> {IN-NMI} usage.",
        "swapper/0 [HC1[1]:SC0[0]:HE0:SE1] takes:",
        "ffffa00019b517b8 (logbuf_lock){....}-{2:2}, at: vprintk_emit+0xec/0x510",
        "{INITIAL USE} state was registered at:",
        "  start_kernel+0x40/0x4f4",
        "stack backtrace:",
        "Call trace:",
        *frames("print_usage_bug", "vprintk_emit", "printk", "bad_mode"),
    )
    assert (crash.title, crash.type) == ("inconsistent lock state in bad_mode", "LOCKDEP")


def test_an_order_between_interrupts_is_told_by_who_takes_the_lock_in_the_interrupt() -> None:
    crash = one(
        "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected",
        "syz-executor.4/17509 [HC0[0]:SC0[0]:HE0:SE1] is trying to acquire:",
        "ffff8880120b9168 (&new->fa_lock){.?.+}-{2:2}, at: kill_fasync+0x14b/0x460",
        "but this new dependency connects a HARDIRQ-irq-safe lock:",
        " (&dev->event_lock){-.-.}-{2:2}",
        "... which became HARDIRQ-irq-safe at:",
        "  lock_acquire+0x1ab/0x510",
        "  _raw_spin_lock_irqsave+0x39/0x50",
        "  input_event+0x7b/0xb0",
    )
    assert crash.title == "possible deadlock in input_event"


@pytest.mark.parametrize("severity", ["WARNING", "BUG"])
@pytest.mark.parametrize(
    ("headline", "announces", "title"),
    [
        (
            "bad unlock balance detected!",
            "a/1 is trying to release lock (mrt_lock) at:",
            "bad unlock balance",
        ),
        ("held lock freed!", "a/1 is freeing memory f-f, with a lock still held there!", "held lock freed"),
        ("Nested lock was not taken", "a/1 is trying to lock:", "nested lock was not taken"),
    ],
)
def test_misuse_of_a_lock_keeps_its_severity(
    headline: str, announces: str, title: str, severity: str
) -> None:
    mark = ("[ ", " ]") if severity == "BUG" else ("", "")
    crash = one(
        f"{mark[0]}{severity}: {headline}{mark[1]}",
        announces,
        " (l){+.+.}, at: [<00000000adc671f1>] nr_release+0xe1/0x130",
    )
    assert (crash.title, crash.type) == (f"{severity}: {title} in nr_release", "LOCKDEP")


def test_a_process_name_before_locks_held_is_no_part_of_the_title() -> None:
    crash = one(
        "WARNING: syz-fuzzer/4398 still has locks held!",
        "1 lock held by syz-fuzzer/4398:",
        " #0: ffffa00019769560 (rcu_read_lock){....}-{1:2}, at: count_memcg_event_mm+0x24/0x2f0",
    )
    assert crash.title == "WARNING: still has locks held in count_memcg_event_mm"


def test_suspicious_rcu_usage_is_told_by_the_stack() -> None:
    crash = one(
        "WARNING: suspicious RCU usage",
        "net/ipv6/ip6_fib.c:1784 suspicious rcu_dereference_protected() usage!",
        "stack backtrace:",
        *trace("dump_stack_lvl", "lockdep_rcu_suspicious", "fib6_del"),
    )
    assert (crash.title, crash.type) == ("WARNING: suspicious RCU usage in fib6_del", "LOCKDEP")


@pytest.mark.parametrize(
    ("headline", "title", "type_"),
    [
        ("BUG: spinlock bad magic on CPU#0, a/20513", "BUG: spinlock bad magic", "LOCKDEP"),
        ("BUG: rwlock bad magic on CPU#0, a/18158, 00000000859f2a8d", "BUG: rwlock bad magic", "LOCKDEP"),
        ("BUG: scheduling while atomic: a/12771/0x00000002", "BUG: scheduling while atomic", "ATOMIC_SLEEP"),
        (
            "BUG: sleeping function called from invalid context at mm/slab.h:494",
            "BUG: sleeping function called from invalid context",
            "ATOMIC_SLEEP",
        ),
    ],
)
def test_what_must_not_be_done_here_is_told_by_who_asked_for_it(
    headline: str, title: str, type_: str
) -> None:
    helpers = [
        "dump_stack",
        "spin_dump",
        "do_raw_spin_lock",
        "_raw_spin_lock",
        "__might_sleep",
        "__schedule_bug",
    ]
    crash = one(headline, *trace(*helpers, "tcp_nuke_addr"))
    assert (crash.title, crash.type) == (f"{title} in tcp_nuke_addr", type_)


def test_per_cpu_access_is_told_by_its_caller() -> None:
    crash = one(
        "BUG: using smp_processor_id() in preemptible [00000000] code: a/6731",
        "caller is ext4_mb_new_blocks+0xa4d/0x3b70",
        *trace("dump_stack", "check_preemption_disabled", "ext4_mb_new_blocks", "ext4_ext_map_blocks"),
    )
    assert crash.title == "BUG: using smp_processor_id() in preemptible code in ext4_mb_new_blocks"


def test_a_workqueue_item_that_leaks_a_lock_is_named() -> None:
    crash = one(
        "BUG: workqueue leaked lock or atomic: kworker/0:1/0x0/353", "     last function: addrconf_dad_work"
    )
    assert crash.title == "BUG: workqueue leaked lock or atomic in addrconf_dad_work"
