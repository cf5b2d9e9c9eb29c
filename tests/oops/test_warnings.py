"""WARN(), memory leaks, and messages of other kinds."""

import pytest

from kbis.oops import Crash, read
from tests.oops.consoles import frames, stamped, trace

OLD = "WARNING: CPU: 1 PID: 8377 at {place} {function}+0x1f7/0x5a00"
NEW = "WARNING: {place} at {function}+0x1f7/0x5a00, CPU#1: syz.0.17/8377"
NEWEST = "WARNING: [!(flags & 1)] {place} at {function}+0x1f7/0x5a00, CPU#1: syz.0.17/8377"


def one(*lines: str) -> Crash:
    crash = read(stamped(*lines))
    assert crash is not None
    return crash


def warning(form: str, place: str, function: str, *names: str) -> Crash:
    return one(
        "------------[ cut here ]------------",
        form.format(place=place, function=function),
        *trace(*names, pc=function),
    )


@pytest.mark.parametrize("form", [OLD, NEW, NEWEST])
@pytest.mark.parametrize(
    ("place", "function", "title", "type_"),
    [
        ("net/mac80211/tx.c:62", "ieee80211_duration", "WARNING in ieee80211_duration", "WARNING"),
        (
            "kernel/locking/lockdep.c:734",
            "register_lock_class",
            "WARNING: locking bug in inet_autobind",
            "LOCKDEP",
        ),
        (
            "lib/refcount.c:25",
            "refcount_warn_saturate",
            "WARNING: refcount bug in inet_autobind",
            "REFCOUNT_WARNING",
        ),
        ("lib/kobject.c:739", "kobject_put", "WARNING: kobject bug in inet_autobind", "WARNING"),
        ("lib/debugobjects.c:484", "debug_print_object", "WARNING: ODEBUG bug in inet_autobind", "WARNING"),
        ("mm/slab_common.c:1012", "kmalloc_slab", "WARNING: kmalloc bug in inet_autobind", "WARNING"),
        (
            "mm/vmalloc.c:3132",
            "__vmalloc_node_range",
            "WARNING: zero-size vmalloc in inet_autobind",
            "WARNING",
        ),
        (
            "fs/proc/generic.c:330",
            "proc_register",
            "WARNING: proc registration bug in inet_autobind",
            "WARNING",
        ),
        ("mm/page_alloc.c:4944", "__alloc_pages_nodemask", "WARNING in inet_autobind", "WARNING"),
    ],
)
def test_a_warning_of_a_library_is_its_callers(
    form: str, place: str, function: str, title: str, type_: str
) -> None:
    crash = warning(form, place, function, "kfree", "inet_autobind", "__sys_connect")
    assert (crash.title, crash.type) == (title, type_)


def test_a_bad_urb_is_told_with_the_driver_that_sent_it() -> None:
    crash = warning(OLD, "drivers/usb/core/urb.c:478", "usb_submit_urb", "usb_start_wait_urb", "aiptek_open")
    assert crash.title == "WARNING in aiptek_open/usb_submit_urb"


def test_the_backtrace_of_panic_on_warn_is_read_through_to_the_warning() -> None:
    panic = [
        "dump_stack",
        "panic",
        "__warn",
        "report_bug",
        "fixup_bug",
        "do_error_trap",
        "do_invalid_op",
        "invalid_op",
    ]
    crash = one(
        "WARNING: CPU: 1 PID: 8377 at arch/x86/kvm/x86.c:7209 kvm_vcpu_run+0x1f7/0x5a00",
        "Kernel panic - not syncing: panic_on_warn set ...",
        "CPU: 1 PID: 8377 Comm: a Not tainted 4.12.0-rc7+ #2",
        "Call Trace:",
        *[f" {name}+0x1/0x2" for name in panic],
        "RIP: 0010:kvm_vcpu_run+0x1f7/0x5a00",
        *frames("kvm_vcpu_ioctl"),
    )
    assert crash.title == "WARNING in kvm_vcpu_run"
    assert crash.frames[:2] == ("kvm_vcpu_run", "kvm_vcpu_ioctl")


def test_a_warning_whose_backtrace_is_missing_names_no_function() -> None:
    crash = one(
        "WARNING: CPU: 0 PID: 14788 at arch/x86/kernel/irq_64.c:61 handle_irq+0x2cb/0x3d8", "Call Trace:"
    )
    assert (crash.title, crash.corrupted) == ("WARNING in corrupted", True)


def test_another_tasks_fault_injection_in_the_middle_spoils_the_stack() -> None:
    crash = one(
        "WARNING: CPU: 1 PID: 10275 at fs/bfs/inode.c:12 bfs_fill+0x5d/0x70",
        "Call Trace:",
        " dump_stack+0x1a7/0x27d",
        "FAULT_INJECTION: forcing a failure.",
        " bfs_fill_super+0x3d3/0xea0",
    )
    assert crash.title == "WARNING in corrupted"


def test_lines_of_other_callers_are_left_out() -> None:
    mine = stamped(
        OLD.format(place="a.c:1", function="f_ok"), "Call Trace:", " f_ok+0x1/0x2", caller="T1194"
    ).splitlines()
    other = stamped("Call Trace:", " should_fail+0x1/0x2", " not_mine+0x1/0x2", caller="T27").splitlines()
    crash = read(b"\n".join([mine[0], *other, *mine[1:]]))
    assert crash is not None
    assert crash.frames == ("f_ok",)


def test_a_leak_is_told_by_who_asked_for_the_memory() -> None:
    crash = read(
        b"""2018/01/09 14:28:48 BUG: memory leak
unreferenced object 0xffff88005f7ac800 (size 2048):
  comm "syz-executor0", pid 6839, jiffies 4294947130 (age 39.460s)
  backtrace (crc 7a8b9c0d):
    [<00000000996d44e4>] kmalloc_trace+0x14f/0x2a0
    [<00000000f3c9f17c>] sock_kmalloc+0x447/0x5c0
    [<0000000018bf48ad>] do_ipv6_setsockopt.isra.7+0x149/0x520
"""
    )
    assert crash is not None
    assert (crash.title, crash.type) == ("memory leak in do_ipv6_setsockopt", "LEAK")


@pytest.mark.parametrize(
    ("line", "title", "type_"),
    [
        (
            "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!",
            "BUG: workqueue lockup",
            "UNKNOWN",
        ),
        ("BUG: MAX_LOCKDEP_CHAINS too low!", "BUG: MAX_LOCKDEP_CHAINS too low!", "UNKNOWN"),
        (
            "unregister_netdevice: waiting for lo to become free. Usage count = 2",
            "unregister_netdevice: waiting for DEV to become free",
            "UNKNOWN",
        ),
        (
            "BUG: non-zero pgtables_bytes on freeing mm: 4096",
            "BUG: non-zero pgtables_bytes on freeing mm",
            "UNKNOWN",
        ),
        ("WARNING: something new", "WARNING: something new", "WARNING"),
    ],
)
def test_messages_without_a_guilty_function_are_told_without_numbers(
    line: str, title: str, type_: str
) -> None:
    crash = one(line)
    assert (crash.title, crash.type, crash.frame) == (title, type_, "")


def test_a_dentry_in_use_is_also_known_by_its_file_system() -> None:
    crash = one("BUG: Dentry 00000000f3c9f17c{i=0,n=/}  still in use (1) [unmount of ramfs ramfs]")
    assert crash.title == "BUG: Dentry still in use in unmount"
    assert crash.alternatives == ("BUG: Dentry still in use [unmount of ramfs ramfs]",)


def test_a_kernel_that_boots_again_in_mid_run_has_rebooted() -> None:
    boot = b"SeaBIOS (version 1.8.2)\nBooting from Hard Disk...\nBooting the kernel.\n[    0.000000] Linux version 6\n"
    again = read(b"[   55.000000] usb 1-1: new device\n" + boot)
    assert read(boot) is None
    assert again is not None
    assert (again.title, again.type) == ("unexpected kernel reboot", "REBOOT")


@pytest.mark.parametrize(
    "line",
    [
        "INFO: lockdep is turned off.",
        "INFO: NMI handler (perf_event_nmi_handler) took too long to run: 2.277 msecs",
        "WARNING: The mand mount option has been deprecated and",
        "WARNING: the dlm DLM_LSFL_TIMEWARN flag is being deprecated and",
        "WARNING: can't access registers at asm_common_interrupt+0x22/0x40",
        "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
        "EXT4-fs (sda1): INFO: recovery required on readonly filesystem",
        "[drm] INFO: something that the driver says",
        "trusty: panic notifier - trusty version Built: 1",
        "Command line: console=ttyS0 oops=panic panic_on_warn=1",
    ],
)
def test_what_a_healthy_kernel_prints_is_no_crash(line: str) -> None:
    assert read(stamped(line)) is None


def test_a_kernels_first_words_in_the_mouth_of_a_running_one_are_no_reboot() -> None:
    before = b"[   55.000000] usb 1-1: new device\n"
    assert read(before + b"Booting the kernel.   \n[   56.000000] usb 1-2: new device\n") is None
    assert read(before + b"Booting the kernel is what we do\n") is None


def test_what_a_program_warns_of_is_no_crash() -> None:
    assert read(b"WARNING: disk almost full\n" + stamped("usb 1-1: new device")) is None
