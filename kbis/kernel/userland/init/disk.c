#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define DEVICES "/proc/partitions"
#define TYPES "/proc/filesystems"

#define TRIES 50
#define PAUSE_MS 100

static int looks_like_root(void)
{
	return access(ROOT_DIR "/bin", F_OK) == 0 || access(ROOT_DIR "/usr", F_OK) == 0;
}

static int mount_as(const char *device, const char *type)
{
	if (mount(device, ROOT_DIR, type, MS_SILENT, NULL) != 0 &&
	    mount(device, ROOT_DIR, type, MS_SILENT | MS_RDONLY, NULL) != 0)
		return -1;
	if (looks_like_root()) {
		say("kbis: root is %s, %s\n", device, type);
		return 0;
	}
	umount2(ROOT_DIR, MNT_DETACH);
	return -1;
}

/* proc(5), filesystems: the types that need a block device have no "nodev". */
static int mount_device(const char *device)
{
	FILE *types = fopen(TYPES, "re");
	char line[256], type[128];
	int result = -1;

	while (types && result != 0 && fgets(line, sizeof(line), types))
		if (line[0] == '\t' && sscanf(line, " %127s", type) == 1)
			result = mount_as(device, type);
	if (types)
		fclose(types);
	return result;
}

static int is_disk(const char *name)
{
	return strncmp(name, "ram", 3) && strncmp(name, "loop", 4) && strncmp(name, "zram", 4) &&
	       strncmp(name, "fd", 2) && strncmp(name, "sr", 2);
}

static int mount_any(void)
{
	FILE *devices = fopen(DEVICES, "re");
	char line[256], name[128], path[160];
	int result = -1;

	while (devices && result != 0 && fgets(line, sizeof(line), devices)) {
		if (sscanf(line, " %*u %*u %*u %127s", name) != 1 || !is_disk(name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", name);
		result = mount_device(path);
	}
	if (devices)
		fclose(devices);
	return result;
}

/* A digest of which disks there are: a disk that could not be mounted is not tried again before another one comes. */
static unsigned long disks_now(void)
{
	FILE *devices = fopen(DEVICES, "re");
	unsigned long digest = 5381;
	int byte;

	while (devices && (byte = fgetc(devices)) != EOF)
		digest = digest * 33 + byte;
	if (devices)
		fclose(devices);
	return digest;
}

static void show(const char *path, const char *skipped)
{
	FILE *file = fopen(path, "re");
	char line[256];

	say("kbis: %s:\n", path);
	while (file && fgets(line, sizeof(line), file))
		if (line[0] != '\n' && strncmp(line, skipped, strlen(skipped)))
			say("kbis:   %s", line);
	if (file)
		fclose(file);
}

/* A tmpfs on the disk's /tmp takes the reproducer, so that a file system that cannot be written will do as well. */
static int furnish(void)
{
	mount_system(ROOT_DIR);
	if (mkdir(ROOT_DIR PLACE_IN_ROOT, 0755) == 0 &&
	    mount(KBIS_DIR, ROOT_DIR PLACE_IN_ROOT, NULL, MS_BIND, NULL) == 0)
		return 0;
	say("kbis: the disk has no place for the reproducer: %s: %s\n", PLACE_IN_ROOT, strerror(errno));
	return -1;
}

int mount_root(const char *wanted)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int tries, any = !strcmp(wanted, "auto");
	unsigned long disks, seen = 0;

	mkdir(ROOT_DIR, 0755);
	for (tries = 0; tries < TRIES; tries++) {
		make_block_nodes();
		disks = disks_now();
		if (disks != seen && (any ? mount_any() : mount_device(wanted)) == 0)
			return furnish();
		seen = disks;
		nanosleep(&pause, NULL);
	}
	say("kbis: no root file system on %s\n", any ? "any disk" : wanted);
	show(DEVICES, "major");
	show(TYPES, "nodev");
	console_drain();
	return -1;
}
