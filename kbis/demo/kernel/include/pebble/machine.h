/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_MACHINE_H
#define PEBBLE_MACHINE_H

#include <pebble/types.h>

/* Registers as entry.S leaves them on the stack; no privilege change. */
struct pt_regs {
	u32 di, si, bp, unused_sp, bx, dx, cx, ax;
	u32 trapnr, error_code;
	u32 ip, cs, flags;
};

void gdt_init(void);
void idt_init(void);
void paging_init(void);
void time_init(void);

/* Microseconds since time_init(). */
u64 sched_clock_us(void);
u64 div_u64(u64 dividend, u32 divisor);

/* Maps one page; addr and phys are page aligned. */
void map_page(u32 addr, u32 phys);

void show_regs(const struct pt_regs *regs);
void show_trace(const u32 *frame);

/* True once die() has shown registers and stack. */
bool oops_shown(void);
void die(const char *what, const struct pt_regs *regs) __noreturn;
void warn(const char *file, u16 line, const struct pt_regs *regs);

void machine_restart(void) __noreturn;
void machine_triple_fault(void) __noreturn;
void machine_halt(void) __noreturn;
void machine_exit(u8 code);

/* Tells the virtual machine's owner of a panic, where there is one who listens. */
void machine_tell_panic(void);

#endif
