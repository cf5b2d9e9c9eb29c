/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_SERIAL_H
#define PEBBLE_SERIAL_H

void serial_init(void);
void serial_putc(char c);

#endif
