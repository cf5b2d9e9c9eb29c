// SPDX-License-Identifier: Apache-2.0
/* The system call gate: number in EAX, arguments in EBX, ECX and EDX. */
#include <pebble/machine.h>
#include <pebble/syscall.h>

void do_int80_syscall_32(struct pt_regs *regs);
void do_int80_syscall_32(struct pt_regs *regs)
{
	u32 count = __syscalls_end - __syscalls_start;

	if (regs->ax >= count) {
		regs->ax = -ENOSYS;
		return;
	}
	regs->ax = __syscalls_start[regs->ax].fn(regs->bx, regs->cx, regs->dx);
}
