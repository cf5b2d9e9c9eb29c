"""Functions that are never guilty: they only carry, check or report what their caller did.

The groups follow the kernel's sources; a name is a regular expression that must match whole.
"""

import re
from functools import lru_cache

_REPORTING = r"""
    dump_stack\w* __dump_stack dump_backtrace\w* walk_stackframe unwind_backtrace show_stack\w*
    show_trace(?:_log_lvl)? show_regs\w* panic __panic
    _?_?(?:fortify|reiserfs|btrfs|skb|skb_over|skb_under|nmi|mce)_panic vpanic check_panic_on_warn get_taint
    add_taint\w* nmi_panic\w* __warn\w* warn_slowpath\w* report_bug\w* __report_bug fixup_bug handle_bug
    panic_saved_regs panic_print_\w+ __printk_\w+ die __die oops_\w+ printk _printk vprintk\w* printk_\w+
    \w+_printk __dynamic_\w+ print_(?!bfs)\w+_(?:bug|dependency)
    print_(?:lock|stall|report|address|memory|track|trace|stack|shadow|hex|unreferenced)\w*
    print_(?:cpu|other_cpu)_stall print_(?:tainted|modules|ip_sym|section|page_info|collision|kernel_ident)
    print_(?:error_description|trailer|oops_end_marker|worker_info|irqtrace_events)
    netdev_(?:printk|emerg|alert|crit|err|warn|notice|info)
    _dev_(?:printk|emerg|alert|crit|err|warn|notice|info) __schedule_bug dev_vprintk_emit dev_printk_emit
    __netdev_printk save_stack\w* stack_trace_\w+ stack_depot_\w+ arch_stack_walk\w* __unwind\w+_address
    print_bad_pte bad_page\w* bad_usercopy usercopy_abort report_usercopy refcount_error_report
    __down_trylock_console_sem console_trylock\w* dump_page\w* __dump_page\w* arm_notify_die
    arm64_notify_die die_kernel_fault __do_kernel_fault
"""  # lib/dump_stack.c, kernel/panic.c, lib/bug.c, kernel/printk, arch/*/kernel/dumpstack.c, traps.c

_TRAPS = r"""
    do_trap\w* do_error_trap math_error do_invalid_op invalid_op do_\w*general_protection general_protection
    exc_\w+ asm_exc_\w+ __exc_\w+ error_entry error_code common_exception page_fault page_fault_oops
    no_context kernelmode_fixup_or_oops do_async_page_fault async_page_fault do_int3 int3 do_debug debug
    do_divide_error divide_error do_double_fault double_fault df_debug do_undefinstr do_DataAbort
    do_PrefetchAbort do_bad __und_svc\w* __do_user_fault brk_handler bug_handler call_break_hook
    do_debug_exception do_el1_\w+ el1_\w+ el1h_\w+ do_mem_abort do_translation_fault do_alignment_fault
    do_tag_check_fault do_sp_pc_abort do_kernel_fault program_check_\w+ interrupt_return\w* do_program_check
    bad_page_fault __bad_page_fault do_trap_break do_trap_insn_illegal pgm_check_handler __do_pgm_check
    illegal_op monitor_event_exception do_exception do_protection_exception do_dat_exception data_access_\w+
    instruction_access_\w+ do_bp do_ade handle_bp_int tlb_do_page_fault_\d early_idt_handler\w*
    early_fixup_exception nmi_(?:cpu_backtrace|trigger|panic|handle|raise)\w* do_nmi asm_call_\w*on_\w*stack
"""  # arch/x86/kernel/traps.c, arch/x86/mm/fault.c, arch/arm*/kernel, arch/powerpc/kernel/traps.c, arch/riscv

_SANITIZERS = r"""
    kasan_\w+ __kasan_\w+ ___?_kasan_\w+ ____kasan_\w+ __asan_\w+ asan_\w+ __hwasan_\w+ hwasan_\w+ qlist_\w+
    quarantine_\w+ check_memory_region\w* memory_is_\w+ print_address_description end_report start_report
    kmsan_\w+ __kmsan_\w+ __msan_\w+ msan_\w+ kmsan kcsan_\w+ __kcsan_\w+ __tsan_\w+ check_access kfence_\w+
    __kfence_\w+ ubsan_\w+ __ubsan_\w+ handle_overflow handle_object_size_mismatch val_to_string
    __sanitizer_\w+ sanitizer_\w+ kcov_\w+ __fortify_\w+ fortify_\w+ __cfi_(?:check|slowpath)\w*
    cfi_(?:check_fail|failure_handler|slowpath)\w* handle_cfi_failure report_cfi_failure __check_object_size
    check_object_size\w* __check_heap_object check_(?:heap|stack|kernel_text|page_span)_object
    check_bogus_address instrument_\w+ read_word_at_a_time load_unaligned_zeropad check_preemption_disabled
    debug_smp_processor_id __this_cpu_preempt_check stackleak_\w+ __stack_chk_fail
"""  # mm/kasan, mm/kmsan, kernel/kcsan, mm/kfence, lib/ubsan.c, kernel/kcov.c, mm/usercopy.c, lib/smp_processor_id.c

_LOCKING = r"""
    (?:(?:_|__|do_)?raw_|arch_|queued_|rt_|percpu_)?(?:read|write)_(?:un|try)?lock(?:_\w+)?
    (?:__)?(?:rwbase|s?rcu)_(?:read|write)_(?:un|try)?lock(?:_\w+)?
    (?:cpus|mmap|i_mmap|anon_vma|reiserfs)_(?:read|write)_(?:un|try)?lock(?:_\w+)? __seqprop_\w+
    lock_acquire\w* lock_release\w* __lock_(?:acquire|release|set_class|downgrade|pin_lock|unpin_lock)\w*
    lock_downgrade lock_set_class lock_pin_lock lockdep_(?!(?:un)?register_key)\w+ reacquire_held_locks
    hlock_class lookup_chain_\w+ add_chain_\w+ match_held_lock mark_irqflags __lock_contended lock_contended
    lock_acquired __might_fault might_fault register_lock_class assign_lock_key look_up_lock_class
    find_held_lock mark_lock\w* mark_held_locks mark_usage validate_chain check_noncircular
    check_\w*deadlock\w* check_prev_add check_prevs_add check_irq_usage check_usage\w* check_wait_context
    add_lock_to_list save_trace debug_check_no_locks_\w+ debug_locks_off\w* graph_lock trace_hardirqs_\w+
    trace_softirqs_\w+ trace_preempt_\w+ __trace_hardirqs_\w+ hardirqs_\w+ rcu_lockdep_\w+
    rcu_read_lock\w*_held\w* rcu_read_\w*lock\w* __rcu_read_\w*lock\w* rcu_is_watching
    rcu_note_context_switch debug_lockdep_rcu_enabled
    (?:_raw|__raw|raw|arch|queued|native_queued|pv_queued|__pv_queued|rt|bit|debug|virt|kvm)_spin_\w+
    _?spin_(?:un|try)?lock\w* do_raw_(?:spin|read|write)_\w+ _raw_\w+ __raw_\w+ raw_\w*spin_\w+
    queued_\w*lock\w* native_queued_\w+ __pv_queued_\w+ pv_queued_\w+ pv_\w+spin\w* kvm_wait arch_spin_\w+
    spin_dump spin_bug rwlock_bug debug_spin_\w+ debug_\w+_lock_\w+ mutex_\w+ __mutex_\w+ ___mutex_\w+
    ww_mutex_\w+ __ww_mutex_\w+ rt_mutex_\w+ __rt_mutex_(?!slowlock_locked)\w+ rtlock_\w+ rt_spin_\w+
    rt_read_\w+ rt_write_\w+ down down_(?:read|write|interruptible|killable|timeout|trylock)\w*
    __down(?:_(?:read|write|common|interruptible|killable|timeout|trylock_console_sem)\w*)? up
    up_(?:read|write)(?:_non_owner)? __up(?:_(?:read|write|console_sem))? rwsem_\w+ __rwsem_\w+
    call_rwsem_\w+ percpu_down_\w+ percpu_up_\w+ __percpu_down_\w+ percpu_rwsem_\w+ rwbase_\w+ __rwbase_\w+
    seqcount_\w+ read_seqbegin\w* _atomic_dec_and_\w*lock\w* atomic_dec_and_mutex_lock
    refcount_dec_and_\w*lock\w* local_bh_\w+ __local_bh_\w+ bit_spin_\w+ hlist_bl_lock semaphore_\w+
    __sched_text_start __lock_text_start local_irq_\w+ raw_local_irq_\w+ arch_local_\w+ preempt_count_\w+
    rcu_lock_\w+ lock_page_memcg local_lock_\w+ __?folio_lock(?:_killable|_or_retry)? folio_lock
    folio_unlock __?lock_page\w* lock_page unlock_page __x86_\w*thunk\w*
"""  # kernel/locking, include/linux/spinlock*.h, kernel/rcu/update.c, net/core/sock.c

_MIGHT_SLEEP = r"""
    ___might_sleep __might_sleep __might_resched might_sleep might_alloc __cant_sleep __cant_migrate
    _cond_resched __cond_resched\w* cond_resched\w*
"""  # kernel/sched/core.c

_WAITING = r"""
    wait_for_\w*completion\w* do_wait_for_\w+ complete complete_all try_wait_for_completion completion_\w+
    flush_work __flush_work flush_workqueue drain_workqueue destroy_workqueue
    cancel_(?:delayed_)?work(?:_sync)? __cancel_\w*work\w* __queue_work __queue_delayed_work kthread_stop\w*
    kthread_park __kthread_parkme mod_timer\w* __mod_timer lock_timer_base add_timer(?:_on|_local|_global)?
    timer_reduce __init_work init_timer_key timer_init_key hrtimer_init hrtimer_setup __init_waitqueue_head
    __init_swait_queue_head __wake_up\w* wake_up_bit wake_up_var swake_up\w* __swait_\w+
"""  # kernel/sched/completion.c, kernel/workqueue.c

_OBJECTS = r"""
    usb_(?:kill|poison|unlink|submit)_urb usb_(?:kill|unlink|poison|scuttle)_anchored_urbs
    usb_hcd_(?:submit|unlink)_urb bpf_prog_[0-9a-f]{16}\w* __SCT__\w+ __SCK__\w+ __traceiter_\w+
    perf_trace_lock\w* trace_event_raw_event_lock\w* ref_tracker_\w+ const_folio_flags folio_flags
    page_ref_\w+ folio_ref_\w+ mark_buffer_dirty\w* drop_nlink inc_nlink set_nlink clear_nlink iput dput
    fast_dput __dput dput_to_list lockref_\w+ find_lock_entries find_get_entries find_get_pages\w*
    truncate_inode_pages\w* filemap_get_\w+ ipt_do_table ip6t_do_table arpt_do_table ebt_do_table
    nf_hook_slow\w*
"""  # fs/inode.c, fs/dcache.c, mm/filemap.c, mm/truncate.c: what a file system does through them is its own

_MEMORY = r"""
    \w*kmalloc\w* __do_krealloc krealloc\w* kzalloc\w* kcalloc\w* kmem_cache_\w+ __kmem_cache_\w+
    ___?kmem_cache_\w+ kfree\w* __kfree __kfree_sensitive kzfree free_large_kmalloc slab_\w+ __slab_\w+
    ___slab_\w+ slab slub_\w+ cache_(?:alloc|grow|free|flusharray|init_objs)\w* ___?_cache_\w+ ____cache_\w+
    __cache_\w+ fallback_alloc new_slab\w* allocate_slab setup_object\w* set_track set_freepointer
    get_freepointer\w* object_err free_debug_\w+ alloc_debug_\w+ free_to_partial_list refill_(?:obj_)?stock
    __do_cache_alloc do_slab_free __do_slab_free build_detached_freelist \w*memcg_slab_\w+
    memcg_(?:slab|alloc|kmem|charge|account)\w* __memcg_(?:slab|kmem)\w* obj_cgroup_\w+ virt_to_cache
    cache_from_obj vmalloc(?:_(?:32|node|user|huge|array|exec)\w*)?(?:_noprof)? __vmalloc\w* vzalloc\w*
    vfree\w* __vunmap\w* __vfree\w* vunmap\w* kvmalloc\w* __kvmalloc\w* kvzalloc\w* kvfree\w* kvrealloc\w*
    remove_vm_area free_vmap_\w+ free_unmap_vmap_\w+ free_work alloc_pages\w* __alloc_pages\w*
    ___alloc_pages\w* __alloc_frozen_pages\w* alloc_frozen_pages\w* __?free_pages\w*
    free_pages(?:_exact|_prepare)? __get_free_pages\w* get_free_pages\w* get_zeroed_page\w* free_unref_\w+
    __free_frozen_pages free_frozen_pages alloc_page_(?:vma|interleave)\w* alloc_slab_page
    folio_alloc(?:_noprof|_mpol\w*)? __folio_alloc\w* alloc_contig_\w+ get_page_from_freelist prep_new_page
    prep_compound_page post_alloc_hook rmqueue\w* free_pcp\w* free_one_page free_pages_prepare
    \w*free_pages_check\w* check_free_page\w* check_new_page\w* __folio_put bad_page\w* __free_one_page
    __set_page_owner set_page_owner pcpu_(?!freelist)\w+ __alloc_percpu\w* alloc_percpu\w* free_percpu
    kmemdup\w* kstrdup\w* kstrndup\w* kasprintf kvasprintf\w* memdup_\w+ vmemdup_\w+ strndup_user
    kmemleak_\w+ mempool_\w+ dma_pool_\w+ should_fail\w* __should_fail\w* fail_dump devm_k\w+
    devm_\w*alloc\w* sock_kfree\w* krealloc_\w+ ksize __ksize debug_kmem\w+ memalloc_\w+ dmam_\w+
    dma_alloc_\w+ virt_to_head_page __virt_to_phys\w* __phys_addr\w* virt_to_page
"""  # mm/slub.c, mm/slab.c, mm/slab_common.c, mm/vmalloc.c, mm/page_alloc.c, mm/percpu.c, mm/util.c

_LIBRARY = r"""
    \w*memcpy\w* \w*memset\w* memcmp __memcmp \w*memmove\w* memchr\w* memscan bcmp memzero_explicit strlen
    strnlen strcpy strncpy strlcpy strscpy strscpy_pad sized_strscpy strcat strncat strlcat strcmp strncmp
    strcasecmp strncasecmp strstr strchr strrchr strspn strpbrk strsep crc\w+
    clear_page(?:_erms|_rep|_orig|_c)? copy_page copy_user_(?:generic|enhanced)\w* __asm_copy_\w+
    __asm_clear_user fallback_scalar_\w+ mmioset mmiocpy __pi_str\w+ __pi_mem\w+ __copy_tofrom_user\w*
    rep_(?:movs|stos)\w* _?copy_from_(?:user|user_nmi|sockptr\w*|iter\w*)
    _?copy_to_(?:user|sockptr\w*|iter\w*) __copy_(?:from_|to_|tofrom_)?user\w* copy_user _copy_\w*iter\w*
    copy_mc_\w+ __arch_copy_\w+ __arch_clear_user raw_copy_\w+ copyin copyout (?:simple_|_)?copy_to_iter
    _?copy_from_iter\w* copy_page_to_iter\w* copy_page_from_iter\w* copy_folio_from_iter\w* iov_iter_zero
    __get_user_(?:nocheck_)?\d __get_user_asm\w* __put_user_(?:nocheck_)?\d __put_user_asm\w* __put_user
    get_user(?:_nocheck_\d)? put_user(?:_nocheck_\d)? hex_dump_\w+
    (?:hex|symbol|resource|bitmap|bitmap_list|mac_address|uuid|escaped|flags)_string\w*
    (?:fwnode|device_node|fourcc|rtc|error|ip[46]\w{0,24})_string\w* string_nocheck string_escape_\w+
    put_dec\w* dentry_name va_format address_val special_hex_number ptr_to_id widen_string vsnprintf
    snprintf sprintf vscnprintf scnprintf vsprintf string format_decode pointer number test_bit set_bit
    clear_bit variable_test_bit constant_test_bit
    atomic(?:64|_long)?_(?:read|set|inc|dec|add|sub|cmpxchg|xchg|try|fetch|or|and)\w* arch_atomic\w*
    __read_once\w* __write_once\w* xchg cmpxchg list_(?:add|del|move|splice|replace|empty|is)\w*
    __list_(?:add|del)\w* hlist_(?:add|del)\w* __hlist_\w+ __bpf_list_\w+
    rb_(?:erase|insert|next|prev|first|last|replace|add|find)\w* __rb_(?:erase|insert|rotate|change)\w*
    plist_\w+ llist_\w+ rhashtable_lookup\w* __rhashtable_lookup\w* xa_\w+ __xa_\w+ xas_\w+ refcount_\w+
    __refcount_\w+ kref_\w+ kobject_\w+ __kobject_\w+ kset_\w+ add_uevent_var device_add device_del
    device_register device_unregister device_create\w* device_destroy tty_register_device\w*
    tty_unregister_device device_initialize klist_\w+
    sysfs_(?:create|remove|add|delete|merge|unmerge|update|rename|warn)_\w+ dpm_sysfs_\w+ device_remove_\w+
    device_release device_for_each_\w+ i2c_del_adapter __unregister_client i2c_add_\w*adapter idr_\w+
    ida_\w+ debug_objects?_\w+ __debug_objects?_\w+ debug_check_no_obj_freed __debug_check_no_obj_freed
    debug_print_object debug_\w+_activate debug_\w+_deactivate object_is_on_stack skb_panic skb_over_panic
    skb_under_panic skb_put\w* __skb_put\w* skb_push skb_pull\w* __skb_pull\w* skb_trim jhash\w* siphash\w*
    __siphash\w*
"""  # lib/*.c, lib/list_debug.c, lib/refcount.c, lib/kobject*.c, lib/debugobjects.c, net/core/skbuff.c


LOCK_WRAPPERS = r"lock_sock\w* release_sock bh_lock_sock\w*"
"""Beside the locks proper: functions that only take one, for reports about locks (net/core/sock.c)."""

SCHEDULER = r"__schedule\w* schedule preempt_schedule\w*"
"""Beside might_sleep() and its like: where a task gives up its CPU, for reports about that (kernel/sched/core.c)."""

COUNT_WRAPPERS = r"get_device put_device kobject_\w+"
"""Functions that only change a reference count, for reports about reference counts (drivers/base/core.c)."""


def _compile(*groups: str) -> re.Pattern[str]:
    return re.compile("|".join(" ".join(groups).split()))


_NEVER = _compile(
    _REPORTING, _TRAPS, _SANITIZERS, _LOCKING, _MIGHT_SLEEP, _WAITING, _OBJECTS, _MEMORY, _LIBRARY
)


@lru_cache(maxsize=4096)
def is_never_guilty(name: str) -> bool:
    """Tell whether a function only carries, checks or reports what its caller did."""
    return _NEVER.fullmatch(name) is not None
