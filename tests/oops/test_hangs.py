"""Stalls, lockups and hung tasks."""

import pytest

from kbis.oops import Crash, read
from tests.oops.consoles import stamped

TICK = ["update_process_times", "tick_sched_timer", "__hrtimer_run_queues", "hrtimer_interrupt"]
ENTRY = ["sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt"]
SYSCALL = ["do_syscall_64", "entry_SYSCALL_64_after_hwframe"]


def one(*lines: str) -> Crash:
    crash = read(stamped(*lines))
    assert crash is not None
    return crash


def stall(*interrupted: str, headline: str = "rcu: INFO: rcu_preempt self-detected stall on CPU") -> Crash:
    names = [
        "dump_stack_lvl",
        "rcu_dump_cpu_stacks",
        "rcu_sched_clock_irq",
        *TICK,
        *ENTRY,
        *interrupted,
        *SYSCALL,
    ]
    return one(
        headline,
        "rcu: 	1-....: (10500 ticks this GP)",
        "NMI backtrace for cpu 1",
        "Call Trace:",
        " <IRQ>",
        *(f" {n}+0x1/0x2" for n in names),
    )


@pytest.mark.parametrize(
    ("interrupted", "frame"),
    [
        (
            [
                "memcpy",
                "mulaw_decode",
                "snd_pcm_plug_write_transfer",
                "snd_pcm_oss_write",
                "vfs_write",
                "ksys_write",
            ],
            "snd_pcm_oss_write",
        ),
        (["vcpu_enter_guest", "kvm_vcpu_ioctl", "do_vfs_ioctl", "__x64_sys_ioctl"], "kvm_vcpu_ioctl"),
        (["snd_pcm_oss_prepare", "snd_pcm_oss_release", "__fput", "task_work_run"], "snd_pcm_oss_release"),
        (
            [
                "kasan_save_stack",
                "sctp_make_heartbeat",
                "sctp_generate_heartbeat_event",
                "call_timer_fn",
                "__run_timers",
            ],
            "sctp_generate_heartbeat_event",
        ),
        (["icmp6_send", "ip6_input", "ipv6_rcv", "__netif_receive_skb_core", "process_backlog"], "ipv6_rcv"),
        (
            ["hash_ip4_expire", "call_ad", "ip_set_uadd", "nfnetlink_rcv_msg", "netlink_rcv_skb"],
            "ip_set_uadd",
        ),
        (
            ["kmem_cache_alloc", "wg_packet_tx_worker", "process_one_work", "worker_thread"],
            "wg_packet_tx_worker",
        ),
    ],
)
def test_a_stall_is_told_by_where_the_task_was_sent_not_by_where_it_was_caught(
    interrupted: list[str], frame: str
) -> None:
    crash = stall(*interrupted)
    assert (crash.title, crash.type) == (f"INFO: rcu detected stall in {frame}", "HANG")
    assert crash.alternatives == (f"stall in {frame}",)
    assert crash.frames[0] == frame


def test_a_system_call_has_the_names_of_all_architectures() -> None:
    crash = stall("do_recvmmsg", "__x64_sys_recvmmsg")
    assert crash.title == "INFO: rcu detected stall in sys_recvmmsg"
    assert crash.alternatives == (
        "INFO: rcu detected stall in __x64_sys_recvmmsg",
        "stall in __x64_sys_recvmmsg",
        "stall in sys_recvmmsg",
    )


def test_waiting_for_other_processors_is_one_bug_whoever_asks() -> None:
    assert (
        stall("smp_call_function_single", "vmx_vcpu_load", "kvm_vm_release", "__fput").frame
        == "smp_call_function"
    )


def test_a_stall_without_the_interrupted_stack_is_corrupted() -> None:
    crash = one(
        "rcu: INFO: rcu_sched self-detected stall on CPU",
        "Call Trace:",
        " schedule+0x1/0x2",
        " kthread+0x1/0x2",
    )
    assert (crash.title, crash.frame, crash.corrupted) == ("INFO: rcu detected stall in corrupted", "", True)


def test_a_stall_whose_detector_is_doubted_is_in_what_was_interrupted() -> None:
    crash = one(
        "rcu: INFO: rcu_preempt self-detected stall on CPU",
        "CPU: 0 PID: 1 Comm: spin Not tainted 6.7.0-rc1 #1",
        "RIP: 0010:spin_here+0x1b2/0x220",
        "Call Trace:",
        " <IRQ>",
        " ? rcu_dump_cpu_stacks+0x1b0/0x2c0",
        " </IRQ>",
        " <TASK>",
        " ? asm_sysvec_apic_timer_interrupt+0x1a/0x20",
        " spin_outer+0x3e/0x120",
        " __x64_sys_ioctl+0x18/0x20",
        " do_syscall_64+0x3b/0x90",
        " entry_SYSCALL_64_after_hwframe+0x63/0xcd",
        " </TASK>",
    )
    assert (crash.title, crash.corrupted) == ("INFO: rcu detected stall in spin_outer", False)


def test_a_soft_lockup_is_told_likewise() -> None:
    crash = one(
        "watchdog: BUG: soft lockup - CPU#1 stuck for 134s! [syz-executor0:4569]",
        "RIP: 0010:check_memory_region+0x1/0x2",
        "Call Trace:",
        *(
            f" {name}+0x1/0x2"
            for name in ("do_raw_spin_unlock", "d_walk", "do_rmdir", "__x64_sys_rmdir", *SYSCALL)
        ),
    )
    assert (crash.title, crash.type) == ("BUG: soft lockup in sys_rmdir", "HANG")


def hung(*names: str, why: str = "blocked for more than 143 seconds.") -> Crash:
    return one(
        f"INFO: task syz-executor.0:16519 {why}",
        "      Not tainted 6.0.0 #0",
        "task:syz-executor.0  state:D stack:26848 pid:16519 ppid:2      flags:0x00004000",
        "Call Trace:",
        *(f" {name}+0x1/0x2" for name in ("__schedule", "schedule", *names, *SYSCALL)),
    )


@pytest.mark.parametrize(
    ("names", "frame"),
    [
        (
            ["schedule_preempt_disabled", "__mutex_lock", "mutex_lock_nested", "rtnl_lock", "dev_ioctl"],
            "rtnl_lock",
        ),
        (["wait_for_completion", "__flush_work", "cancel_work_sync", "p9_fd_close"], "p9_fd_close"),
        (
            ["io_schedule", "bit_wait_io", "__wait_on_buffer", "jbd2_journal_commit_transaction"],
            "jbd2_journal_commit_transaction",
        ),
        (
            ["rwsem_down_write_slowpath", "down_write", "register_netdevice_notifier"],
            "register_netdevice_notifier",
        ),
    ],
)
def test_a_hung_task_is_told_by_what_it_waits_for(names: list[str], frame: str) -> None:
    crash = hung(*names)
    assert (crash.title, crash.type) == (f"INFO: task hung in {frame}", "HANG")
    assert crash.alternatives == (f"hang in {frame}",)


def test_waiting_for_a_grace_period_is_one_bug_however_it_is_asked_for() -> None:
    crash = hung("synchronize_rcu_expedited", "synchronize_net", "packet_release")
    assert crash.title == "INFO: task hung in synchronize_rcu"
    assert "INFO: task hung in synchronize_rcu_expedited" in crash.alternatives


def test_a_task_that_cannot_die_hangs_too() -> None:
    crash = hung("p9_client_rpc", why="can't die for more than 143 seconds.")
    assert (crash.title, crash.type) == ("INFO: task can't die in p9_client_rpc", "HANG")


def test_a_task_without_a_stack_is_not_mistaken_for_the_next_one() -> None:
    crash = one(
        "INFO: task a:1 blocked for more than 143 seconds.",
        "Call Trace:",
        "INFO: task b:2 blocked for more than 143 seconds.",
        "Call Trace:",
        " schedule+0x1/0x2",
        " p9_client_rpc+0x1/0x2",
    )
    assert (crash.title, crash.corrupted) == ("INFO: task hung in corrupted", True)
