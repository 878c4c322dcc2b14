/* Kubelet writes another file and renames it: what is there is whole. */
#include "collector/source/kubernetes/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "hubmeter/cleanup.h"

#define PIECE_SIZE 16384

void devices_init(struct devices *devices, const char *kubelet_root)
{
	*devices = (struct devices){.kubelet_root = kubelet_root};
}

void devices_release(struct devices *devices)
{
	device_list_release(&devices->list);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_json(int fd, struct device_json *json)
{
	char piece[PIECE_SIZE];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0)
		r = n < 0 ? (errno == EINTR ? 0 : -errno) : device_json_add(json, piece, (size_t)n);
	return r == 0 ? device_json_finish(json) : r;
}

static int read_list(int fd, struct devices *devices)
{
	struct device_list list = {0};
	struct device_json *json = device_json_new(&list);
	int r = json ? read_json(fd, json) : -ENOMEM;

	device_json_free(json);
	if (r < 0) {
		device_list_release(&list);
		return r;
	}
	device_list_release(&devices->list);
	devices->list = list;
	return 0;
}

static int read_file(struct devices *devices, const char *path)
{
	hm_cleanup(hm_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat now;

	if (fd < 0 || fstat(fd, &now) < 0)
		return -errno;
	if (!S_ISREG(now.st_mode))
		return -EINVAL;
	devices->file = now;
	return read_list(fd, devices);
}

/* What can't be read is tried again at each pass, what can't be understood when it has changed. */
static int refresh(struct devices *devices)
{
	struct stat now;
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/device-plugins/kubelet_internal_checkpoint",
		    devices->kubelet_root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (lstat(path, &now) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
		devices_release(devices);
		devices->file = (struct stat){.st_size = 0};
		return 0;
	}
	if (is_same_file(&now, &devices->file))
		return devices->is_failing ? -EBADMSG : 0;
	return read_file(devices, path);
}

void devices_refresh(struct devices *devices)
{
	int r = *devices->kubelet_root ? refresh(devices) : 0;

	if (r < 0 && !devices->is_failing)
		log_event(LOG_PRIORITY_WARNING, "devices_unreadable",
			"reason=\"%s\" consequence=\"GPUs are as they were when it was read last\"",
			strerror(-r));
	if (r == 0 && devices->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "devices_readable", "gpus=%zu", devices->list.n);
	devices->is_failing = r < 0;
}
