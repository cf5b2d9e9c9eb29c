// SPDX-License-Identifier: Apache-2.0
/* Files: descriptors, and the way from a system call to a driver. */
#include <pebble/fs.h>
#include <pebble/string.h>
#include <pebble/syscall.h>

#define FILES_MAX 24
#define FIRST_FD 3	/* 0 to 2 are the console, which needs no driver */

static struct file files[FILES_MAX];
static struct device *devices;

void register_device(struct device *dev)
{
	dev->next = devices;
	devices = dev;
}

struct device *find_device(const char *path)
{
	struct device *dev;

	for (dev = devices; dev; dev = dev->next)
		if (!strcmp(dev->path, path))
			return dev;
	return NULL;
}

static struct file *fd_get(u32 fd)
{
	if (fd >= FILES_MAX || !files[fd].ops)
		return NULL;
	return &files[fd];
}

int fd_install(const struct file_ops *ops, void *private)
{
	int fd;

	for (fd = FIRST_FD; fd < FILES_MAX; fd++) {
		if (files[fd].ops)
			continue;
		files[fd] = (struct file){ .ops = ops, .private = private };
		return fd;
	}
	return -EMFILE;
}

static int do_open(const char *path)
{
	struct device *dev = path_lookup(path);
	int fd, err;

	if (!dev)
		return -ENOENT;
	fd = fd_install(dev->ops, NULL);
	if (fd < 0 || !dev->ops->open)
		return fd;
	err = dev->ops->open(&files[fd]);
	if (err) {
		files[fd].ops = NULL;
		return err;
	}
	return fd;
}

static long sys_open(u32 path, u32 b, u32 c)
{
	if (path < FILES_MAX)	/* a number is no path */
		return -EINVAL;
	return do_open((const char *)path);
}
SYSCALL(open, sys_open);

static long vfs_read(struct file *file, size_t len)
{
	return file->ops->read ? file->ops->read(file, len) : -EINVAL;
}

static long sys_read(u32 fd, u32 len, u32 c)
{
	struct file *file = fd_get(fd);

	return file ? vfs_read(file, len) : -EBADF;
}
SYSCALL(read, sys_read);

static long vfs_write(struct file *file, size_t len)
{
	return file->ops->write ? file->ops->write(file, len) : -EINVAL;
}

static long sys_write(u32 fd, u32 len, u32 c)
{
	struct file *file = fd_get(fd);

	return file ? vfs_write(file, len) : -EBADF;
}
SYSCALL(write, sys_write);

static long vfs_ioctl(struct file *file, u32 cmd, u32 arg)
{
	return file->ops->ioctl ? file->ops->ioctl(file, cmd, arg) : -ENOTTY;
}

static long sys_ioctl(u32 fd, u32 cmd, u32 arg)
{
	struct file *file = fd_get(fd);

	return file ? vfs_ioctl(file, cmd, arg) : -EBADF;
}
SYSCALL(ioctl, sys_ioctl);

static long sys_close(u32 fd, u32 b, u32 c)
{
	struct file *file = fd_get(fd);

	if (!file)
		return -EBADF;
	if (file->ops->release)
		file->ops->release(file);
	file->ops = NULL;
	return 0;
}
SYSCALL(close, sys_close);
