"""Functions that are never guilty, and functions whose names are like theirs."""

import pytest

from kbis.oops.skips import is_never_guilty

NEVER_GUILTY = """
    dump_stack_lvl panic __warn printk _dev_err netdev_info print_circular_bug report_bug do_error_trap
    asm_exc_invalid_op __asan_load8 kasan_report __ubsan_handle_out_of_bounds __sanitizer_cov_trace_pc
    _raw_spin_lock_irqsave __mutex_lock down_read up_write rcu_read_lock mmap_read_lock cpus_read_lock
    queued_spin_lock_slowpath lock_acquire __might_resched __flush_work kfree kmem_cache_alloc_noprof __kmalloc
    kvfree __alloc_pages memcpy strscpy _copy_from_user __list_del_entry_valid refcount_warn_saturate
    kobject_put device_release sysfs_remove_group rb_erase crc32c_le vsnprintf
"""

MAYBE_GUILTY = """
    print_reg_state __update_load_avg_se __uprobe_perf_func __download_image do_raw_setsockopt
    ntfs_read_locked_inode process_spin_lock up_to_host free_pages_and_swap_cache alloc_page_buffers refill_dirty
    rep_read panic_event exit_panic nmi_shootdown_cpus lockdep_register_key unwind_next_frame do_user_addr_fault
    exc_page_fault copy_from_kernel_nofault _find_next_bit csum_and_copy_to_iter __schedule queue_work_on
    mod_delayed_work_on __rt_mutex_slowlock_locked lock_is_held_type lock_sock_nested kvfree_call_rcu
"""


@pytest.mark.parametrize("name", NEVER_GUILTY.split())
def test_who_only_carries_checks_or_reports_is_never_guilty(name: str) -> None:
    assert is_never_guilty(name)


@pytest.mark.parametrize("name", MAYBE_GUILTY.split())
def test_who_only_has_a_name_like_theirs_may_be_guilty(name: str) -> None:
    assert not is_never_guilty(name)
