/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_FS_H
#define PEBBLE_FS_H

#include <pebble/types.h>

struct file {
	const struct file_ops *ops;	/* NULL: the descriptor is free */
	void *private;
	u32 pos;
};

/*
 * Programs have no buffers of their own: read and write are given a length,
 * and the data is whatever the driver makes of it.
 */
struct file_ops {
	int (*open)(struct file *file);
	long (*read)(struct file *file, size_t len);
	long (*write)(struct file *file, size_t len);
	long (*ioctl)(struct file *file, u32 cmd, u32 arg);
	void (*release)(struct file *file);
};

struct device {
	const char *path;
	const struct file_ops *ops;
	struct device *next;
};

void register_device(struct device *dev);

/* The device at a path, through the dentry cache; NULL if there is none. */
struct device *path_lookup(const char *path);
struct device *find_device(const char *path);

/* A descriptor for an open file of these operations, or -EMFILE. */
int fd_install(const struct file_ops *ops, void *private);

#endif
