"""Where a task was sent: what stalls and overflows are named by."""

import pytest

from kbis.oops import read
from kbis.oops.dispatch import interrupted, outermost, sent
from tests.oops.consoles import stamped

CLOCK = ["update_process_times", "tick_sched_timer", "__hrtimer_run_queues", "hrtimer_interrupt"]
ENTRY = ["sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt"]


@pytest.mark.parametrize(
    ("stack", "function"),
    [
        ("strncasecmp afs_lookup_cell path_mount __x64_sys_mount do_syscall_64", "__x64_sys_mount"),
        ("kfree tty_open chrdev_open do_dentry_open vfs_open path_openat", "chrdev_open"),
        ("ext4_write_checks do_iter_readv_writev do_iter_write do_sendfile", "ext4_write_checks"),
        ("tls_sw_sendmsg inet6_sendmsg sock_sendmsg __sys_sendto do_syscall_64", "inet6_sendmsg"),
        ("x25_wait rose_connect __sys_connect __x64_sys_connect do_syscall_64", "rose_connect"),
        ("tcp_v6_rcv ip6_rcv_finish ipv6_rcv __netif_receive_skb_core net_rx_action", "ipv6_rcv"),
        ("xfrm_policy_kill xfrm_policy_timer call_timer_fn run_timer_softirq", "xfrm_policy_timer"),
        ("wg_noise_begin wg_receive_worker process_one_work worker_thread kthread", "wg_receive_worker"),
        ("handle_rx vhost_worker kthread ret_from_fork", "vhost_worker"),
        ("e1000_clean __napi_poll net_rx_action __do_softirq run_ksoftirqd", "net_rx_action"),
        ("get_signal do_signal exit_to_usermode_loop ret_from_intr", "do_signal"),
        ("lock_acquire kvm_hv_timers kvm_vcpu_ioctl __se_sys_ioctl do_syscall_64", "kvm_vcpu_ioctl"),
        (
            "batadv_resize genl_rcv_msg netlink_sendmsg __arm64_sys_sendmsg invoke_syscall",
            "__arm64_sys_sendmsg",
        ),
        ("default_idle do_idle cpu_startup_entry start_kernel", "do_idle"),
    ],
)
def test_a_task_is_named_by_the_last_function_before_the_one_that_sent_it(stack: str, function: str) -> None:
    assert sent(stack.split()).frame == function


def test_who_hands_over_to_nothing_but_helpers_is_named_itself() -> None:
    stack = ["_raw_spin_unlock_irqrestore", "__hrtimer_run_queues", "hrtimer_run_softirq", "__do_softirq"]
    assert sent(stack).frame == "__hrtimer_run_queues"


def test_a_fault_from_user_mode_is_named_by_its_entry() -> None:
    assert sent(["handle_mm_fault", "exc_page_fault", "asm_exc_page_fault"]).frame == "asm_exc_page_fault"


def test_a_stack_that_nobody_sent_names_no_function() -> None:
    assert sent(["one", "two"]).frame == ""
    assert outermost([]).frame == ""


def test_only_what_the_clock_interrupted_counts() -> None:
    waiting = ["schedule", "rcu_gp_fqs_loop", "rcu_gp_kthread", "kthread", "ret_from_fork"]
    running = ["dump_stack", *CLOCK, *ENTRY, "shrink_node", "kswapd", "kthread", "ret_from_fork"]
    assert interrupted([waiting]).frame == ""
    assert interrupted([waiting, running]).frame == "kswapd"


def test_a_stack_ends_in_user_mode() -> None:
    crash = read(
        stamped(
            "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
            "Call Trace:",
            *[f" {name}+0x1/0x2" for name in (*CLOCK, *ENTRY)],
            "RIP: 0010:get_signal+0x1/0x2",
            *[f" {name}+0x1/0x2" for name in ("get_signal", "do_signal", "exit_to_usermode_loop")],
            "RIP: 0033:0x401505",
            "rcu: RCU grace-period kthread stack dump:",
            "Call Trace:",
            *[f" {name}+0x1/0x2" for name in ("schedule", "rcu_gp_kthread", "kthread")],
        )
    )
    assert crash is not None
    assert crash.title == "INFO: rcu detected stall in do_signal"
    assert "rcu_gp_kthread" not in crash.frames
