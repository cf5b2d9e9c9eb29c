// SPDX-License-Identifier: Apache-2.0
/* Names of text addresses, from the table that scripts/kallsyms.sh makes. */
#include <pebble/printk.h>

struct kernel_symbol {
	u32 addr;
	const char *name;
};

/* Sorted by address. */
extern const u32 kallsyms_count;
extern const struct kernel_symbol kallsyms[];
extern char _stext[], _etext[];

bool is_kernel_text(u32 addr)
{
	return addr >= (u32)_stext && addr < (u32)_etext;
}

static u32 symbol_end(u32 index)
{
	if (index + 1 < kallsyms_count)
		return kallsyms[index + 1].addr;
	return (u32)_etext;
}

int sprint_symbol(char *buf, size_t size, u32 addr)
{
	u32 low = 0, high = kallsyms_count;
	const struct kernel_symbol *symbol;

	if (!is_kernel_text(addr) || !kallsyms_count || addr < kallsyms[0].addr)
		return snprintf(buf, size, "0x%x", addr);

	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (kallsyms[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	symbol = &kallsyms[low];
	return snprintf(buf, size, "%s+0x%x/0x%x", symbol->name,
			addr - symbol->addr, symbol_end(low) - symbol->addr);
}
