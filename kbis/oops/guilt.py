"""Which function of a stack the title names."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from kbis.oops import stack
from kbis.oops.crash import MAX_FRAMES
from kbis.oops.names import plain
from kbis.oops.report import Report
from kbis.oops.skips import is_never_guilty


@dataclass(frozen=True, slots=True)
class Guilt:
    """The guilty function and the stack from it outwards; "" and () where the report does not tell."""

    frame: str = ""
    frames: tuple[str, ...] = ()


UNKNOWN = Guilt()


def matcher(names: str) -> Callable[[str], bool]:
    """Make a test for a space-separated list of names, each a regular expression that must match whole."""
    return re.compile("|".join(names.split())).fullmatch  # type: ignore[return-value]


def walk(report: Report, *, through: bool = False, started: bool = False) -> list[str]:
    """Return the functions of the report's stacks, innermost first, up to where another backtrace was mixed in.

    A function that stands there several times in a row stands for one.
    """
    mixed = not report.is_demultiplexed
    names = stack.until_mixed(stack.functions(report.lines, mixed=mixed, through=through, started=started))
    return [name for name, _ in groupby(map(plain, names))]


def innermost(names: Sequence[str], also: Callable[[str], object] | None = None) -> Guilt:
    """Choose the innermost function that may be guilty.

    Args:
        names: A stack, innermost first.
        also: Tells which further functions are not guilty in this kind of report.
    """
    for number, name in enumerate(names):
        if not is_never_guilty(name) and not (also and also(name)):
            return Guilt(name, tuple(names[number : number + MAX_FRAMES]))
    return UNKNOWN


def named(
    name: str,
    report: Report,
    *,
    through: bool = False,
    started: bool = False,
    also: Callable[[str], object] | None = None,
) -> Guilt:
    """Take a function that the report names outside its stack, or the innermost of the stack if it is never guilty."""
    name = plain(name)
    names = walk(report, through=through, started=started)
    if not name or is_never_guilty(name) or (also and also(name)):
        return innermost(names, also)
    outwards = names[names.index(name) :] if name in names else [name, *names]
    return Guilt(name, tuple(outwards[:MAX_FRAMES]))


# Functions that hand over to what was asked for: the function before them, seen from inside, is the one to name.
_DISPATCH = matcher(r"""
    do_syscall_\w+ x64_sys_call ia32_sys_call do_int80_\w+ \w*do_fast_syscall_32 do_SYSENTER_32 entry_\w+
    sysenter_\w+ system_call\w* tracesys\w* stub_\w+ ret_fast_syscall __sys_trace\w* el0_svc\w* el0t_\w+
    do_el0_svc\w* invoke_syscall syscall_\w+ handle_sys\w* do_trap_ecall_u ret_from_syscall\w*
    __do_syscall do_syscall sysc_\w+ cstar_\w+ int80_\w+ common_exception_return __do_fault __sock_release
    sock_release __vfs_write vfs_write __vfs_read vfs_read kernel_write __kernel_write new_sync_\w+
    do_iter_\w+ do_loop_readv_writev call_write_iter call_read_iter ksys_write ksys_read __fput ____fput
    vfs_ioctl do_vfs_ioctl ksys_ioctl \w+_compat_ioctl \w*compat_\w*sys_ioctl (?:__\w+_|__)?sys_ioctl
    SyS_ioctl compat_SyS_ioctl mmap_region __mmap_region __vm_munmap do_readlinkat do_mmap\w* vfs_fsync\w*
    do_dentry_open vfs_open sock_sendmsg\w* __sock_sendmsg sock_recvmsg\w* __sys_setsockopt
    nfnetlink_rcv_msg rtnetlink_rcv_msg netlink_dump __netif_receive_skb\w* netif_receive_skb\w*
    process_backlog napi_poll __napi_poll net_rx_action call_timer_fn expire_timers __run_timer\w*
    run_timer_softirq __run_hrtimer __hrtimer_run_queues hrtimer_run_softirq hrtimer_run_queues
    tasklet_action\w* irq_work_\w+ rcu_do_batch rcu_process_callbacks rcu_core\w* blk_done_softirq
    \w*handle_irq_event\w* handle_IRQ_event irq_exit\w* __irq_exit\w* invoke_softirq do_softirq\w*
    run_ksoftirqd process_one_work process_scheduled_works worker_thread kthread kthread_worker_fn
    smpboot_thread_fn task_work_run
""")  # arch/*/entry, fs/read_write.c, fs/file_table.c, net/socket.c, net/core/dev.c, kernel/time, kernel/softirq.c

# Where the clock interrupted what ran: everything before them, seen from inside, is the detector's own doing.
_CLOCK = matcher(r"""
    update_process_times tick_sched_\w+ tick_nohz_\w+ tick_periodic tick_handle_\w+ hrtimer_interrupt
    \w*apic_timer_interrupt\w* arch_timer_handler_\w+ riscv_timer_interrupt timer_interrupt\w*
    hv_stimer\w* clock_comparator_\w+
""")
_ENTRY = matcher(r"""
    \w*apic_timer_interrupt\w* \w*reschedule_interrupt\w* el1_irq\w* el1h_\w+ el1_interrupt el0_irq\w*
    __irq_svc __irq_usr gic_handle_irq handle_arch_irq handle_domain_irq generic_handle_\w+
    handle_percpu_\w+ arch_timer_handler_\w+ __handle_domain_irq call_on_irq_stack do_interrupt_handler
    do_IRQ ret_from_intr \w*common_interrupt\w* decrementer_\w+ timer_interrupt\w* do_irq\w*
    handle_riscv_irq riscv_\w+interrupt ext_int_handler do_ext_irq handle_exception ret_from_exception
    asm_call_\w+ retint_\w+ restore_\w+ irq_enter\w* handle_IRQ
""")
_FAULT_ENTRY = matcher(r"exc_page_fault asm_exc_page_fault")
_DISPATCHES_CALLS = matcher(r"smp_call_function\w* __smp_call_function\w*")


def _left_by_interrupt(names: Sequence[str]) -> Sequence[str] | None:
    """Return the functions that the clock interrupt interrupted; None where no such interrupt is on the stack."""
    for number, name in enumerate(names):
        if _CLOCK(name):
            rest = number
            while rest < len(names) and (
                _CLOCK(names[rest]) or _ENTRY(names[rest]) or names[rest].startswith("__hrtimer_run")
            ):
                rest += 1
            if any(_ENTRY(entry) for entry in names[number:rest]):
                return names[rest:]
    return None


def entry(names: Iterable[str]) -> Guilt:
    """Choose the outermost function of what was asked for: a system call's own handler, a softirq's, a timer's.

    A task that runs for too long, or too deep, is caught anywhere; where it was sent is what its reports share.
    """
    names = list(names)
    inner = kept = -1
    for number, name in enumerate(names):
        if _DISPATCHES_CALLS(name):
            return Guilt(name, tuple(names[number : number + MAX_FRAMES]))
        if inner >= 0 and _DISPATCH(name):
            chosen = inner if kept < 0 else kept
            return Guilt(names[chosen], tuple(names[chosen : chosen + MAX_FRAMES]))
        inner = number if inner < 0 else inner
        if not is_never_guilty(name) or _FAULT_ENTRY(name):
            kept = number
    return UNKNOWN


def stalled(names: Sequence[str]) -> Guilt:
    """Choose as `entry` does among the functions that the clock interrupt interrupted."""
    rest = _left_by_interrupt(names)
    return entry(rest) if rest else UNKNOWN


# What a blocked task waits in, on behalf of its caller.
_WAITS = matcher(r"""
    \w*fdatawait\w* console_lock __switch_to context_switch schedule\w* __schedule\w* io_schedule\w*
    schedule_timeout\w* preempt_schedule\w* wait_for_\w+ __wait_\w+ wait_on_\w+ _wait_\w+ do_wait_for_\w+
    bit_wait\w* out_of_line_wait\w* prepare_to_wait\w* __flush_work flush_work flush_workqueue
    __flush_workqueue drain_workqueue __cancel_work\w* cancel_work\w* cancel_delayed_work\w*
    rcu_barrier\w* _rcu_barrier\w* __folio_lock\w* folio_lock\w* folio_wait\w* __lock_page\w* lock_page\w*
    lock_buffer __lock_buffer kthread_stop\w* completion_\w+ usb_start_wait_urb usb_control_msg\w*
    usb_\w+_msg usb_kill_urb refrigerator __refrigerator do_nanosleep hrtimer_nanosleep msleep\w*
    usleep_\w+
""")  # kernel/sched, kernel/workqueue.c, mm/filemap.c, fs/buffer.c, drivers/usb/core/message.c


def blocked(names: Sequence[str]) -> Guilt:
    """Choose the function in which a task is blocked, behind those that only wait."""
    return innermost(names, _WAITS)
