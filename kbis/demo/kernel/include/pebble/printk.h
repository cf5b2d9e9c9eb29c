/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_PRINTK_H
#define PEBBLE_PRINTK_H

#include <stdarg.h>
#include <pebble/types.h>

void printk(const char *fmt, ...) __printf(1, 2);

/* Text without a time stamp, as a program writes it to the console. */
void console_write(const char *text, size_t len);

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* "name+0x12/0x34" of a text address, for %pS; the plain number if unknown. */
int sprint_symbol(char *buf, size_t size, u32 addr);
bool is_kernel_text(u32 addr);

void panic(const char *fmt, ...) __noreturn __printf(1, 2);

#endif
