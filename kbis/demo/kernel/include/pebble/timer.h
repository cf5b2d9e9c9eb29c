/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_TIMER_H
#define PEBBLE_TIMER_H

#include <pebble/types.h>

/* Ticks since boot. There is no timer interrupt: they pass in sleep. */
extern u32 jiffies;

/* Calls fn once, delay ticks from now or a little later. */
int add_timer(u32 delay, void (*fn)(void));

#endif
