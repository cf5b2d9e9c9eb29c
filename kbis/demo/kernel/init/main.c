// SPDX-License-Identifier: Apache-2.0
/* From the boot loader to the program and out again. */
#include <pebble/init.h>
#include <pebble/machine.h>
#include <pebble/mm.h>
#include <pebble/printk.h>
#include <pebble/random.h>
#include <pebble/serial.h>
#include <pebble/string.h>
#include <pebble/syscall.h>
#include <pebble/task.h>

#define MULTIBOOT_LOADED 0x2BADB002
#define MULTIBOOT_HAS_MEMORY 0x001
#define MULTIBOOT_HAS_CMDLINE 0x004
#define MULTIBOOT_HAS_MODULES 0x008

#define MEMORY_MAX 0x20000000u	/* as much as Pebble can use; programs live above */

#define EXIT_DONE 0x20		/* QEMU then exits with 0x20 * 2 + 1 = 65 */

/* Multiboot specification 0.6.96, section 3.3. */
struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;	/* KiB */
	u32 boot_device;
	const char *cmdline;
	u32 mods_count;
	const struct multiboot_module {
		u32 start, end;
		const char *cmdline;
		u32 reserved;
	} *mods;
};

struct boot_info boot_info;
struct task current = { 0, "swapper" };

extern char _end[];
extern const initcall_t __initcall_start[], __initcall_end[];

/* The loader puts the kernel's file name before the arguments. */
static const char *skip_file_name(const char *cmdline)
{
	const char *blank = strchr(cmdline, ' ');

	return blank ? blank + 1 : "";
}

static void read_boot_info(const struct multiboot_info *mbi)
{
	boot_info.memory_end = 0x100000;
	if (mbi->flags & MULTIBOOT_HAS_MEMORY)
		boot_info.memory_end += mbi->mem_upper * 1024;
	boot_info.memory_end = min(boot_info.memory_end, MEMORY_MAX);
	boot_info.reserved_end = (u32)_end;

	if (mbi->flags & MULTIBOOT_HAS_CMDLINE)
		strscpy(boot_info.cmdline, skip_file_name(mbi->cmdline),
			sizeof(boot_info.cmdline));

	if (mbi->flags & MULTIBOOT_HAS_MODULES && mbi->mods_count) {
		boot_info.program = (const char *)mbi->mods[0].start;
		boot_info.program_len = mbi->mods[0].end - mbi->mods[0].start;
		boot_info.reserved_end = mbi->mods[mbi->mods_count - 1].end;
	}
}

static void do_initcalls(void)
{
	const initcall_t *call;

	for (call = __initcall_start; call < __initcall_end; call++) {
		int err = (*call)();

		if (err)
			printk("initcall %pS returned %d\n", (void *)*call, err);
	}
}

static void run_init(void)
{
	char done[32];
	int status;

	if (!boot_info.program)
		panic("No working init found. The program is the first boot module.");

	current.pid = 1;
	current.comm = "repro";
	printk("Run program of %u bytes as init\n", boot_info.program_len);
	console_write("@@KBIS READY\n", 13);
	status = run_program(boot_info.program, boot_info.program_len);
	console_write(done, snprintf(done, sizeof(done), "@@KBIS DONE status=%d\n", status));
}

void start_kernel(u32 magic, const struct multiboot_info *mbi) __noreturn;
void start_kernel(u32 magic, const struct multiboot_info *mbi)
{
	serial_init();
	gdt_init();
	idt_init();
	printk("Pebble version " RELEASE " (gcc " __VERSION__ ") #1 i386\n");
	if (magic != MULTIBOOT_LOADED)
		panic("Not loaded by a Multiboot loader: magic %08x", magic);

	read_boot_info(mbi);
	printk("Command line: %s\n", boot_info.cmdline);
	page_init();
	paging_init();
	time_init();
	printk("Memory: %uK available\n",
	       (boot_info.memory_end - boot_info.reserved_end) / 1024);
	random_init();
	do_initcalls();
	run_init();

	machine_exit(EXIT_DONE);
	machine_restart();
}
