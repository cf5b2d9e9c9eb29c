// SPDX-License-Identifier: Apache-2.0
/* The first serial port, polled, as console. */
#include <pebble/io.h>
#include <pebble/serial.h>

#define COM1 0x3f8
#define UART_DATA (COM1 + 0)
#define UART_IER (COM1 + 1)	/* interrupt enable */
#define UART_FCR (COM1 + 2)	/* FIFO control */
#define UART_LCR (COM1 + 3)	/* line control */
#define UART_MCR (COM1 + 4)	/* modem control */
#define UART_LSR (COM1 + 5)	/* line status */

#define LCR_DLAB 0x80
#define LCR_8N1 0x03
#define FCR_ENABLE_CLEAR 0x07
#define MCR_DTR_RTS 0x03
#define LSR_THR_EMPTY 0x20

#define DIVISOR_115200 1
#define PUTC_TRIES 100000	/* a dead port must not stop the kernel */

void serial_init(void)
{
	outb(0, UART_IER);
	outb(LCR_DLAB, UART_LCR);
	outb(DIVISOR_115200, UART_DATA);
	outb(0, UART_IER);
	outb(LCR_8N1, UART_LCR);
	outb(FCR_ENABLE_CLEAR, UART_FCR);
	outb(MCR_DTR_RTS, UART_MCR);
}

void serial_putc(char c)
{
	int tries = PUTC_TRIES;

	if (c == '\n')
		serial_putc('\r');
	while (!(inb(UART_LSR) & LSR_THR_EMPTY) && --tries)
		;
	outb(c, UART_DATA);
}
