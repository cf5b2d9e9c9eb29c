/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_TLS_H
#define PEBBLE_TLS_H

/* Places in the segment table; entry 0 is the null segment. */
#define GDT_KERNEL_CS 1
#define GDT_KERNEL_DS 2
#define GDT_TLS 3
#define GDT_ENTRIES 6

/* Thread areas that a program can have at a time. */
#define TLS_SLOTS 3

#endif
