#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init.h"

static int mount_at(const char *root, const char *type, const char *where, const char *options)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, where);
	mkdir(path, 0755);
	return mount(type, path, type, 0, options);
}

static void read_name(const char *path, char *name, size_t size)
{
	char text[1024], *found;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	found = strstr(text, "DEVNAME=");
	snprintf(name, size, "%.*s", found ? (int)strcspn(found + 8, "\n") : 0, found ? found + 8 : "");
}

/* What devtmpfs would do, for a kernel without it: a node for each device that sysfs knows. */
static void make_nodes(const char *directory, mode_t kind)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;
	unsigned int major, minor;
	char path[512], name[256], node[512], *slash;

	while (listing && (entry = readdir(listing))) {
		if (sscanf(entry->d_name, "%u:%u", &major, &minor) != 2)
			continue;
		snprintf(path, sizeof(path), "%s/%.64s/uevent", directory, entry->d_name);
		read_name(path, name, sizeof(name));
		if (!name[0])
			continue;
		snprintf(node, sizeof(node), "/dev/%s", name);
		for (slash = strchr(node + 5, '/'); slash; slash = strchr(slash + 1, '/')) {
			*slash = '\0';
			mkdir(node, 0755);
			*slash = '/';
		}
		mknod(node, kind | 0600, makedev(major, minor));
	}
	if (listing)
		closedir(listing);
}

void make_block_nodes(void)
{
	make_nodes("/sys/dev/block", S_IFBLK);
}

/* Each part may be absent from the kernel; the reproducer then does without it, as on any such kernel. */
void mount_system(const char *root)
{
	int has_devices;

	mount_at(root, "proc", "/proc", NULL);
	mount_at(root, "sysfs", "/sys", NULL);
	has_devices = mount_at(root, "devtmpfs", "/dev", NULL) == 0;
	if (!has_devices && !root[0]) {
		make_nodes("/sys/dev/char", S_IFCHR);
		make_block_nodes();
	}
	if (!has_devices && root[0]) {
		char path[512];

		snprintf(path, sizeof(path), "%s/dev", root);
		mount("/dev", path, NULL, MS_BIND | MS_REC, NULL);
	}
	mount_at(root, "devpts", "/dev/pts", "mode=620,ptmxmode=666");
	mount_at(root, "tmpfs", "/dev/shm", "mode=1777");
	mount_at(root, "tmpfs", "/run", "mode=755");
	mount_at(root, "tmpfs", "/tmp", "mode=1777");
	mount_at(root, "debugfs", "/sys/kernel/debug", NULL);
}

/* Programs that talk to themselves over 127.0.0.1, as syz-execprog does, need it. */
void loopback_up(void)
{
	struct ifreq request;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	memset(&request, 0, sizeof(request));
	strcpy(request.ifr_name, "lo");
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &request);
	}
	close(fd);
}
