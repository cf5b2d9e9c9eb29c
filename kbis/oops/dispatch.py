"""Where a task was sent: the function behind a system call, a soft interrupt, a timer, a piece of work.

A task that runs for too long, or too deep, is caught anywhere; what its reports share is what it was asked for.
"""

from collections.abc import Sequence

from kbis.oops.crash import MAX_FRAMES
from kbis.oops.guilt import UNKNOWN, Guilt, matcher
from kbis.oops.skips import is_never_guilty

# arch/*/entry and arch/*/kernel/entry*: the last common function before that of one system call.
_SYSTEM_CALLS = r"""
    do_syscall_\w+ do_int80_\w+ \w*do_fast_syscall_32 do_SYSENTER_32 entry_\w+ sysenter_\w+ system_call\w*
    tracesys\w* stub_\w+ ret_fast_syscall __sys_trace\w* el0_svc\w* el0t_\w+ do_el0_svc\w* invoke_syscall
    syscall_(?!exit)\w+ handle_sys\w* do_trap_ecall_u ret_from_syscall\w* __do_syscall do_syscall sysc_\w+
    cstar_\w+ int80_\w+ common_exception_return exit_to_usermode_loop
"""

# What a file, a socket, a mapping or a protocol does is behind these: fs/read_write.c, fs/file_table.c, fs/open.c,
# fs/ioctl.c, mm/mmap.c, mm/memory.c, net/socket.c, net/netlink, net/core/dev.c.
_OPERATIONS = r"""
    __fput ____fput do_dentry_open vfs_open __vfs_write vfs_write __vfs_read vfs_read kernel_write
    __kernel_write new_sync_\w+ do_iter_\w+ do_loop_readv_writev call_write_iter call_read_iter ksys_write
    ksys_read vfs_fsync\w* vfs_ioctl do_vfs_ioctl ksys_ioctl \w+_compat_ioctl \w*compat_\w*sys_ioctl
    (?:__\w+_|__)?sys_ioctl SyS_ioctl compat_SyS_ioctl mmap_region __mmap_region __do_fault __sock_release
    sock_release sock_sendmsg\w* sock_recvmsg\w* __sys_(?:bind|connect|listen|getsockopt|setsockopt)\w*
    __sys_connect_file do_sock_[gs]etsockopt nfnetlink_rcv_msg rtnetlink_rcv_msg netlink_dump
    __netif_receive_skb\w* netif_receive_skb\w* process_backlog
"""

# kernel/time, kernel/softirq.c, kernel/irq, kernel/irq_work.c, kernel/workqueue.c, kernel/kthread.c, kernel/sched.
_DEFERRED = r"""
    call_timer_fn expire_timers run_timer_softirq __run_hrtimer __hrtimer_run_queues hrtimer_run_softirq
    hrtimer_run_queues tasklet_action\w* irq_work_\w+ blk_done_softirq __do_softirq
    __softirqentry_text_start do_softirq\w* irq_exit\w* __irq_exit\w* invoke_softirq run_ksoftirqd
    \w*handle_irq_event\w* handle_IRQ_event task_work_run process_one_work kthread_worker_fn
    smpboot_thread_fn kthread ret_from_fork\w* cpu_startup_entry
"""

_HANDS_OVER = matcher(_SYSTEM_CALLS + _OPERATIONS + _DEFERRED)
_CALLS_OTHER_CPUS = matcher(r"smp_call_function\w* __smp_call_function\w*")

# Where the clock interrupted what ran: everything before them, seen from inside, is the detector's own doing.
_CLOCK = matcher(r"""
    update_process_times tick_sched_\w+ tick_nohz_\w+ tick_periodic tick_handle_\w+ hrtimer_interrupt
    \w*apic_timer_interrupt\w* arch_timer_handler_\w+ riscv_timer_interrupt timer_interrupt\w* hv_stimer\w*
    clock_comparator_\w+
""")
_ENTRY = matcher(r"""
    \w*apic_timer_interrupt\w* \w*reschedule_interrupt\w* el1_irq\w* el1h_\w+ el1_interrupt el0_irq\w*
    __irq_svc __irq_usr gic_handle_irq handle_arch_irq handle_domain_irq generic_handle_\w+
    handle_percpu_\w+ arch_timer_handler_\w+ __handle_domain_irq call_on_irq_stack do_interrupt_handler
    do_IRQ ret_from_intr \w*common_interrupt\w* decrementer_\w+ timer_interrupt\w* do_irq\w*
    handle_riscv_irq riscv_\w+interrupt ext_int_handler do_ext_irq handle_exception ret_from_exception
    asm_call_\w+ retint_\w+ restore_\w+ irq_enter\w* handle_IRQ
""")

# A fault from user mode has no system call below it.
_USER_FAULT = matcher(r"asm_exc_\w+ page_fault async_page_fault error_entry el0_da __dabt_usr __pabt_usr")


def _interrupted(names: Sequence[str]) -> Sequence[str]:
    """Return the functions that the clock interrupt interrupted, () where no such interrupt is on the stack."""
    for number, name in enumerate(names):
        if _CLOCK(name):
            rest = number
            while rest < len(names) and (
                _CLOCK(names[rest]) or _ENTRY(names[rest]) or names[rest].startswith("__hrtimer_run")
            ):
                rest += 1
            if any(_ENTRY(entry) for entry in names[number:rest]):
                return names[rest:]
    return ()


def sent(names: Sequence[str]) -> Guilt:
    """Choose the outermost function of what was asked for, seen from inside before the first that hands over.

    A function that hands over is the one to name where what runs behind it is never guilty.

    Args:
        names: A stack, innermost first.
    """
    kept = -1
    for number, name in enumerate(names):
        if _CALLS_OTHER_CPUS(name):
            return Guilt(name, tuple(names[number : number + MAX_FRAMES]))
        hands_over = bool(_HANDS_OVER(name))
        if hands_over and kept >= 0:
            return Guilt(names[kept], tuple(names[kept : kept + MAX_FRAMES]))
        if not is_never_guilty(name) and not (hands_over and number == 0):
            kept = number
    if names and _USER_FAULT(names[-1]):
        return Guilt(names[-1], tuple(names[-MAX_FRAMES:]))
    return UNKNOWN


def outermost(stacks: Sequence[Sequence[str]]) -> Guilt:
    """Choose as `sent` does in the first stack that tells."""
    return next((found for names in stacks if (found := sent(names)).frame), UNKNOWN)


def interrupted(stacks: Sequence[Sequence[str]]) -> Guilt:
    """Choose as `outermost` does, among the functions that the clock interrupt interrupted."""
    return outermost([_interrupted(names) for names in stacks])
