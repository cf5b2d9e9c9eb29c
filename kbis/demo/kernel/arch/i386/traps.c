// SPDX-License-Identifier: Apache-2.0
/* Interrupt descriptors, and what each CPU exception means for the kernel. */
#include <pebble/bug.h>
#include <pebble/init.h>
#include <pebble/machine.h>
#include <pebble/mm.h>
#include <pebble/printk.h>

#define TRAP_DE 0	/* divide error */
#define TRAP_NMI 2
#define TRAP_UD 6	/* invalid opcode */
#define TRAP_GP 13	/* general protection */
#define TRAP_PF 14	/* page fault */
#define NR_TRAPS 20
#define SYSCALL_VECTOR 0x80

#define KERNEL_CS 0x08
#define GATE_INTERRUPT 0x8e00	/* present, ring 0, 32-bit interrupt gate */

#define PF_PROT 1
#define PF_WRITE 2
#define UD2_LEN 2

static u64 idt[SYSCALL_VECTOR + 1];

extern const u32 trap_entries[NR_TRAPS];
extern void entry_INT80_32(void);
extern struct bug_entry __bug_table_start[], __bug_table_end[];

static const char *const trap_names[NR_TRAPS] = {
	"divide error", "debug", "nmi", "int3", "overflow", "bounds",
	"invalid opcode", "device not available", "double fault",
	"coprocessor segment overrun", "invalid TSS", "segment not present",
	"stack segment", "general protection fault", "page fault", "unknown",
	"fpu exception", "alignment check", "machine check", "simd exception",
};

static void set_gate(int vector, u32 handler)
{
	u64 low = KERNEL_CS << 16 | (handler & 0xffff);
	u64 high = (handler & 0xffff0000) | GATE_INTERRUPT;

	idt[vector] = high << 32 | low;
}

void idt_init(void)
{
	struct __attribute__((packed)) {
		u16 limit;
		u32 base;
	} idtr = { sizeof(idt) - 1, (u32)idt };
	int i;

	for (i = 0; i < NR_TRAPS; i++)
		set_gate(i, trap_entries[i]);
	set_gate(SYSCALL_VECTOR, (u32)entry_INT80_32);
	asm volatile("lidt %0" : : "m"(idtr));
}

static struct bug_entry *find_bug(u32 addr)
{
	struct bug_entry *bug;

	for (bug = __bug_table_start; bug < __bug_table_end; bug++)
		if (bug->addr == addr)
			return bug;
	return NULL;
}

static void exc_invalid_op(struct pt_regs *regs)
{
	struct bug_entry *bug = find_bug(regs->ip);

	if (!bug)
		die("invalid opcode", regs);

	if (!(bug->flags & BUGFLAG_WARNING)) {
		printk("------------[ cut here ]------------\n");
		printk("kernel BUG at %s:%u!\n", bug->file, bug->line);
		die("invalid opcode", regs);
	}

	if (!(bug->flags & BUGFLAG_DONE)) {
		if (bug->flags & BUGFLAG_ONCE)
			bug->flags |= BUGFLAG_DONE;
		warn(bug->file, bug->line, regs);
	}
	regs->ip += UD2_LEN;
}

static void exc_page_fault(struct pt_regs *regs)
{
	u32 address;

	asm volatile("mov %%cr2, %0" : "=r"(address));
	if (address < PAGE_SIZE)
		printk("BUG: kernel NULL pointer dereference, address: %08x\n",
		       address);
	else
		printk("BUG: unable to handle page fault for address: %08x\n",
		       address);
	printk("#PF: supervisor %s access in kernel mode\n",
	       regs->error_code & PF_WRITE ? "write" : "read");
	printk("#PF: error_code(0x%04x) - %s\n", regs->error_code,
	       regs->error_code & PF_PROT ? "permissions violation"
					  : "not-present page");
	die("Oops", regs);
}

static void exc_nmi(struct pt_regs *regs)
{
	printk("Uhhuh. NMI received for unknown reason 00 on CPU 0.\n");
	if (param_set("unknown_nmi_panic")) {
		show_regs(regs);
		panic("NMI: Not continuing");
	}
	printk("Dazed and confused, but trying to continue\n");
}

void do_trap(struct pt_regs *regs);
void do_trap(struct pt_regs *regs)
{
	switch (regs->trapnr) {
	case TRAP_NMI:
		exc_nmi(regs);
		break;
	case TRAP_UD:
		exc_invalid_op(regs);
		break;
	case TRAP_PF:
		exc_page_fault(regs);
		break;
	default:
		die(trap_names[regs->trapnr], regs);
	}
}
