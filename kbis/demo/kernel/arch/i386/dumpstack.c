// SPDX-License-Identifier: Apache-2.0
/* Registers, code bytes and the call trace of a report. */
#include <pebble/machine.h>
#include <pebble/printk.h>
#include <pebble/task.h>

#define CODE_BEFORE 24
#define CODE_BYTES 40
#define FRAMES_MAX 32

extern char stack_bottom[], stack_top[];

static bool dying;

static void show_code(u32 ip)
{
	char line[CODE_BYTES * 3 + 3];
	size_t len = 0;
	u32 addr;

	if (!is_kernel_text(ip - CODE_BEFORE) || !is_kernel_text(ip + CODE_BYTES)) {
		printk("Code: Bad EIP value.\n");
		return;
	}
	for (addr = ip - CODE_BEFORE; addr < ip - CODE_BEFORE + CODE_BYTES; addr++)
		len += snprintf(line + len, sizeof(line) - len,
				addr == ip ? " <%02x>" : " %02x", *(u8 *)addr);
	printk("Code:%s\n", line);
}

bool oops_shown(void)
{
	return dying;
}

void show_trace(const u32 *frame)
{
	int depth;

	printk("Call Trace:\n");
	for (depth = 0; depth < FRAMES_MAX; depth++) {
		if ((char *)frame < stack_bottom || (char *)(frame + 2) > stack_top)
			break;
		printk(" %pB\n", (void *)frame[1]);
		if (frame[0] <= (u32)frame)	/* callers lie higher */
			break;
		frame = (const u32 *)frame[0];
	}
}

static void show_registers(const struct pt_regs *regs)
{
	u32 cr0, cr2, cr3, cr4;
	u16 ds, es, fs, gs, ss;

	asm volatile("mov %%cr0, %0; mov %%cr2, %1" : "=r"(cr0), "=r"(cr2));
	asm volatile("mov %%cr3, %0; mov %%cr4, %1" : "=r"(cr3), "=r"(cr4));
	asm volatile("mov %%ds, %0; mov %%es, %1; mov %%ss, %2"
		     : "=r"(ds), "=r"(es), "=r"(ss));
	asm volatile("mov %%fs, %0; mov %%gs, %1" : "=r"(fs), "=r"(gs));

	printk("EIP: %pS\n", (void *)regs->ip);
	show_code(regs->ip);
	printk("EAX: %08x EBX: %08x ECX: %08x EDX: %08x\n",
	       regs->ax, regs->bx, regs->cx, regs->dx);
	printk("ESI: %08x EDI: %08x EBP: %08x ESP: %08x\n",
	       regs->si, regs->di, regs->bp, (u32)(regs + 1));
	printk("DS: %04x ES: %04x FS: %04x GS: %04x SS: %04x EFLAGS: %08x\n",
	       ds, es, fs, gs, ss, regs->flags);
	printk("CR0: %08x CR2: %08x CR3: %08x CR4: %08x\n", cr0, cr2, cr3, cr4);
}

void show_regs(const struct pt_regs *regs)
{
	printk("CPU: 0 PID: %u Comm: %s Not tainted " RELEASE " #1\n", current.pid,
	       current.comm);
	printk("Hardware name: QEMU i386 PC (multiboot)\n");
	show_registers(regs);
	show_trace((const u32 *)regs->bp);
}

void die(const char *what, const struct pt_regs *regs)
{
	if (dying)	/* the report itself went wrong: another one would, too */
		machine_restart();
	dying = true;
	printk("%s: %04x [#1]\n", what, regs->error_code);
	show_regs(regs);
	printk("Modules linked in:\n");
	printk("---[ end trace 0000000000000000 ]---\n");
	show_registers(regs);
	panic("Fatal exception");
}
