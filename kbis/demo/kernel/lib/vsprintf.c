// SPDX-License-Identifier: Apache-2.0
/*
 * Formatting: %c %s %d %u %x %p %%, with width and zero padding, and
 *   %pS  symbol+offset/size of a code address
 *   %pB  the same for a return address, which may lie just behind a function
 */
#include <pebble/printk.h>
#include <pebble/string.h>

struct output {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct output *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len++] = c;
}

static void put_string(struct output *out, const char *s)
{
	while (*s)
		put_char(out, *s++);
}

static void put_number(struct output *out, u32 value, u32 base, int width, char pad)
{
	char digits[10];
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (width-- > count)
		put_char(out, pad);
	while (count)
		put_char(out, digits[--count]);
}

static void put_signed(struct output *out, s32 value)
{
	if (value < 0)
		put_char(out, '-');
	put_number(out, value < 0 ? -(u32)value : (u32)value, 10, 0, ' ');
}

static void put_return_address(struct output *out, u32 addr)
{
	char symbol[64];
	char *plus;

	sprint_symbol(symbol, sizeof(symbol), addr - 1);
	plus = strchr(symbol, '+');
	if (!plus) {
		put_number(out, addr, 16, 8, '0');
		return;
	}
	/* The name is that of the call, the offset that of the return. */
	*plus = '\0';
	put_string(out, symbol);
	put_string(out, "+0x");
	put_number(out, (u32)simple_strtol(plus + 1, NULL) + 1, 16, 0, ' ');
	put_string(out, strchr(plus + 1, '/'));
}

/* Returns how many characters after %p belong to it. */
static int put_pointer(struct output *out, char kind, u32 addr)
{
	char symbol[64];

	switch (kind) {
	case 'S':
		sprint_symbol(symbol, sizeof(symbol), addr);
		put_string(out, symbol);
		return 1;
	case 'B':
		put_return_address(out, addr);
		return 1;
	default:
		put_number(out, addr, 16, 8, '0');
		return 0;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { buf, size, 0 };

	for (; *fmt; fmt++) {
		char pad = ' ';
		int width = 0;

		if (*fmt != '%') {
			put_char(&out, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = '0';
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';

		switch (*fmt) {
		case 'c':
			put_char(&out, va_arg(args, int));
			break;
		case 's':
			put_string(&out, va_arg(args, const char *));
			break;
		case 'd':
			put_signed(&out, va_arg(args, s32));
			break;
		case 'u':
			put_number(&out, va_arg(args, u32), 10, width, pad);
			break;
		case 'x':
			put_number(&out, va_arg(args, u32), 16, width, pad);
			break;
		case 'p':
			fmt += put_pointer(&out, fmt[1], va_arg(args, u32));
			break;
		default:
			put_char(&out, *fmt);
		}
	}
	if (size)
		buf[out.len] = '\0';
	return out.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}
