// SPDX-License-Identifier: Apache-2.0
/* The clock, and the ways to stop: reset, exit from QEMU, halt. */
#include <pebble/io.h>
#include <pebble/machine.h>
#include <pebble/printk.h>

#define PIT_CHANNEL0 0x40
#define PIT_COMMAND 0x43
#define PIT_HZ 1193182u
#define PIT_LATCH 0x00
#define PIT_MODE2 0x34		/* channel 0, low then high byte, rate generator */

#define CALIBRATE_TICKS 4773u	/* 4 ms of the timer */
#define CALIBRATE_TRIES 200000	/* then there is no timer */
#define TSC_KHZ_GUESS 1000000u

#define KBD_COMMAND 0x64
#define KBD_PULSE_RESET 0xfe
#define KBD_TRIES 1000

#define DEBUG_EXIT_PORT 0xf4	/* QEMU's isa-debug-exit: rc = code * 2 + 1 */

#define PVPANIC_PORT 0x505	/* QEMU's pvpanic on the ISA bus */
#define PVPANIC_PANICKED 1
#define NO_DEVICE 0xff

static u64 tsc_start;
static u32 tsc_khz;

/* 64 by 32 bits; the compiler would call a library that is not here. */
u64 div_u64(u64 dividend, u32 divisor)
{
	u32 high = dividend >> 32, low = dividend, quotient_high, remainder;

	quotient_high = high / divisor;
	remainder = high % divisor;
	asm("divl %2" : "+a"(low), "+d"(remainder) : "rm"(divisor));
	return (u64)quotient_high << 32 | low;
}

static u16 pit_read(void)
{
	u8 low;

	outb(PIT_LATCH, PIT_COMMAND);
	low = inb(PIT_CHANNEL0);
	return inb(PIT_CHANNEL0) << 8 | low;
}

static u32 calibrate_tsc(void)
{
	u16 start, elapsed = 0;
	u64 tsc;
	int tries;

	outb(PIT_MODE2, PIT_COMMAND);
	outb(0, PIT_CHANNEL0);
	outb(0, PIT_CHANNEL0);	/* 0 counts 65536 */
	start = pit_read();
	tsc = rdtsc();
	for (tries = 0; tries < CALIBRATE_TRIES; tries++) {
		elapsed = start - pit_read();	/* counts down */
		if (elapsed >= CALIBRATE_TICKS)
			break;
	}
	if (tries == CALIBRATE_TRIES)
		return TSC_KHZ_GUESS;
	return div_u64((rdtsc() - tsc) * (PIT_HZ / 1000), elapsed);
}

void time_init(void)
{
	u32 khz = calibrate_tsc();

	tsc_start = rdtsc();
	tsc_khz = khz;
	printk("tsc: Detected %u.%03u MHz processor\n", khz / 1000, khz % 1000);
}

u64 sched_clock_us(void)
{
	if (!tsc_khz)
		return 0;
	return div_u64((rdtsc() - tsc_start) * 1000, tsc_khz);
}

void machine_triple_fault(void)
{
	static const struct __attribute__((packed)) {
		u16 limit;
		u32 base;
	} no_idt;

	asm volatile("lidt %0; ud2" : : "m"(no_idt));
	__builtin_unreachable();
}

void machine_restart(void)
{
	int tries;

	for (tries = 0; tries < KBD_TRIES; tries++)
		outb(KBD_PULSE_RESET, KBD_COMMAND);
	machine_triple_fault();	/* microvm has no keyboard controller */
}

void machine_halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void machine_tell_panic(void)
{
	u8 features = inb(PVPANIC_PORT);

	if (features != NO_DEVICE && features & PVPANIC_PANICKED)
		outb(PVPANIC_PANICKED, PVPANIC_PORT);
}

void machine_exit(u8 code)
{
	outb(code, DEBUG_EXIT_PORT);
}
