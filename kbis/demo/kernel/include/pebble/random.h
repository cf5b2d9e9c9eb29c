/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_RANDOM_H
#define PEBBLE_RANDOM_H

#include <pebble/types.h>

void random_init(void);
u32 get_random_u32(void);

/* Uniform in [0, ceil). */
u32 get_random_u32_below(u32 ceil);

#endif
