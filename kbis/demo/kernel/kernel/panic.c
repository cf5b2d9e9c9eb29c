// SPDX-License-Identifier: Apache-2.0
/* What the kernel does when it must not go on, or would rather not. */
#include <pebble/init.h>
#include <pebble/machine.h>
#include <pebble/printk.h>
#include <pebble/string.h>
#include <pebble/task.h>

#define PANIC_MESSAGE_MAX 128
#define USEC_PER_SEC 1000000

static bool panicking;

static void dump_stack(void)
{
	printk("CPU: 0 PID: %u Comm: %s Not tainted " RELEASE " #1\n",
	       current.pid, current.comm);
	printk("Hardware name: QEMU i386 PC (multiboot)\n");
	show_trace(__builtin_frame_address(0));
}

/*
 * panic=N on the command line: reset after N seconds, at once if N is
 * negative, never if it is 0 or missing.
 */
static void __noreturn end_of_panic(const char *message)
{
	s32 seconds = param_int("panic", 0);
	u64 until;

	if (seconds == 0) {
		printk("---[ end Kernel panic - not syncing: %s ]---\n", message);
		machine_halt();
	}
	if (seconds > 0) {
		printk("Rebooting in %d seconds..\n", seconds);
		until = sched_clock_us() + (u64)seconds * USEC_PER_SEC;
		while (sched_clock_us() < until)
			;
	}
	machine_restart();
}

void panic(const char *fmt, ...)
{
	char message[PANIC_MESSAGE_MAX];
	va_list args;

	if (panicking)
		machine_restart();
	panicking = true;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);

	printk("Kernel panic - not syncing: %s\n", message);
	if (!oops_shown())
		dump_stack();
	machine_tell_panic();
	end_of_panic(message);
}

void warn(const char *file, u16 line, const struct pt_regs *regs)
{
	printk("------------[ cut here ]------------\n");
	printk("WARNING: CPU: 0 PID: %u at %s:%u %pS\n", current.pid, file, line,
	       (void *)regs->ip);
	printk("Modules linked in:\n");
	show_regs(regs);
	if (param_int("panic_on_warn", 0))
		panic("kernel: panic_on_warn set ...");
	printk("---[ end trace 0000000000000000 ]---\n");
}
