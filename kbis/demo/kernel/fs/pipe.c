// SPDX-License-Identifier: Apache-2.0
/* Pipes: a ring of buffers, one for every write. */
#include <pebble/bug.h>
#include <pebble/fs.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>

#define PIPE_BUFFERS 32

struct pipe_buffer {
	size_t len;
};

struct pipe {
	struct pipe_buffer ring[PIPE_BUFFERS];
	u32 head;	/* next to write */
	u32 tail;	/* next to read */
	u32 count;
};

static struct pipe_buffer *pipe_buf(struct pipe *pipe, u32 index)
{
	BUG_ON(index >= PIPE_BUFFERS);
	return &pipe->ring[index];
}

static long pipe_write(struct file *file, size_t len)
{
	struct pipe *pipe = file->private;

	if (pipe->count == PIPE_BUFFERS)
		return -EAGAIN;
	pipe_buf(pipe, pipe->head)->len = len;
	pipe->head = (pipe->head + 1) % PIPE_BUFFERS;
	pipe->count++;
	return len;
}

/* Takes one buffer, as much of it as fits. */
static long pipe_read(struct file *file, size_t len)
{
	struct pipe *pipe = file->private;
	size_t got;

	if (!pipe->count)
		return -EAGAIN;
	got = min(len, pipe_buf(pipe, pipe->tail)->len);
	pipe->tail = (pipe->tail + 1) % PIPE_BUFFERS;
	pipe->count--;
	return got;
}

static void pipe_release(struct file *file)
{
	kfree(file->private);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.release = pipe_release,
};

static long sys_pipe(u32 a, u32 b, u32 c)
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));
	int fd;

	if (!pipe)
		return -ENOMEM;
	/* Any place in the ring is as good as the first; errors show sooner. */
	pipe->head = get_random_u32_below(PIPE_BUFFERS);
	pipe->tail = pipe->head;
	fd = fd_install(&pipe_ops, pipe);
	if (fd < 0)
		kfree(pipe);
	return fd;
}
SYSCALL(pipe, sys_pipe);
