#include <sys/reboot.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#define HAS_PORTS 1
#endif

#include "init.h"

#define DEBUG_EXIT_PORT 0xf4

/* The host takes any end of the machine after the end marker for a good one; a restart is what every machine can do,
 * while a power-off without ACPI waits for ever. */
void end_machine(int code)
{
#ifdef HAS_PORTS
	if (iopl(3) == 0)
		outb(code, DEBUG_EXIT_PORT);
#else
	(void)code;
#endif
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
