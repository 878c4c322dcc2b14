/*
 * The only file that opens anything below /proc.
 */
#include "collector/proc/proc_read.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/sha256.h"
#include "hubmeter/cleanup.h"

#define NET_FILE     "net/dev"
#define NSEC_PER_SEC 1000000000u

/* MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel's posix-timers.h, fixed ABI. */
static clockid_t process_clock(int32_t pid)
{
	return (clockid_t)((~(uint32_t)pid << 3) | 2u);
}

int proc_dir_open(const char *path, struct proc_dir *ret)
{
	DIR *dir = opendir(path);

	if (!dir)
		return -errno;
	*ret = (struct proc_dir){
		.dir = dir,
		.fd = dirfd(dir),
		.is_kernel = strcmp(path, "/proc") == 0,
		.is_exact = strcmp(path, "/proc") == 0,
		.tick_nsec = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK),
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	return 0;
}

void proc_dir_close(struct proc_dir *proc)
{
	if (proc->dir)
		(void)closedir(proc->dir); /* was only read */
	proc->dir = NULL;
}

static int gone_or_error(void)
{
	return errno == ESRCH ? -ENOENT : -errno;
}

static int read_all(int fd, char *buffer, size_t capacity, size_t *ret_size)
{
	size_t size = 0;

	while (size < capacity) {
		ssize_t n = read(fd, buffer + size, capacity - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gone_or_error();
		if (n == 0)
			break;
		size += (size_t)n;
	}
	*ret_size = size;
	return 0;
}

int proc_read_file(const struct proc_dir *proc, const char *path, char *buffer, size_t capacity,
	size_t *ret_size)
{
	hm_cleanup(hm_closep) int fd = openat(proc->fd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? gone_or_error() : read_all(fd, buffer, capacity, ret_size);
}

static int open_pid_file(const struct proc_dir *proc, int32_t pid, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, name); /* names are ours: short */
	fd = openat(proc->fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? gone_or_error() : fd;
}

int proc_read_pid_file(const struct proc_dir *proc, int32_t pid, const char *name, char *buffer,
	size_t capacity, size_t *ret_size)
{
	hm_cleanup(hm_closep) int fd = open_pid_file(proc, pid, name);

	return fd < 0 ? fd : read_all(fd, buffer, capacity, ret_size);
}

int proc_read_stat(const struct proc_dir *proc, int32_t pid, struct proc_stat *ret)
{
	hm_cleanup(hm_closep) int fd = open_pid_file(proc, pid, "stat");
	char buffer[2048];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buffer, sizeof(buffer)); /* never interrupted: nothing waits */
	if (n < 0)
		return gone_or_error();
	return n == 0 ? -ENOENT : proc_parse_stat(buffer, (size_t)n, ret);
}

int proc_read_cpu(const struct proc_dir *proc, int32_t pid, uint64_t *ret_nsec)
{
	struct proc_stat stat;
	struct timespec now;
	int r;

	if (!proc->is_kernel) {
		r = proc_read_stat(proc, pid, &stat);
		if (r == 0)
			*ret_nsec = stat.self_ticks * proc->tick_nsec;
		return r;
	}
	if (clock_gettime(process_clock(pid), &now) < 0)
		return -ENOENT; /* EINVAL is what the kernel says of a pid that is not there */
	*ret_nsec = (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
	return 0;
}

int proc_read_uid(const struct proc_dir *proc, int32_t pid, uint32_t *ret)
{
	char buffer[4096];
	size_t size;
	int r = proc_read_pid_file(proc, pid, "status", buffer, sizeof(buffer), &size);

	return r < 0 ? r : proc_parse_uid(buffer, size, ret);
}

int proc_read_capabilities(const struct proc_dir *proc, uint64_t *ret)
{
	char buffer[4096];
	size_t size;
	int r = proc_read_file(proc, "self/status", buffer, sizeof(buffer), &size);

	return r < 0 ? r : proc_parse_capabilities(buffer, size, ret);
}

/* Named by kubelet's driver for systemd, or by the other one: "/pod" and a UID. */
static bool is_pod(const char *cgroup, size_t size)
{
	const char *end = cgroup + size;
	const char *at = memmem(cgroup, size, "/pod", 4);
	size_t length = 0;

	if (memmem(cgroup, size, "kubepods", 8))
		return true;
	for (at = at ? at + 4 : end; at < end && (isxdigit((unsigned char)*at) || *at == '-'); at++)
		length++;
	return length >= 32;
}

/* 0: no such directory. What leads out of our namespace leads nowhere from @root. */
static uint64_t inode_of(const char *root, const char *tree, const char *cgroup, size_t size)
{
	char path[2 * 4096];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s%s%.*s", root, tree, (int)size, cgroup);

	if (size >= 3 && memcmp(cgroup, "/..", 3) == 0)
		return is_pod(cgroup, size) ? PROC_CGROUP_FOREIGN_POD : 0;
	return n < (int)sizeof(path) && stat(path, &st) == 0 ? st.st_ino : 0;
}

int proc_read_cgroup(
	const struct proc_dir *proc, int32_t pid, const char *root, struct proc_cgroup *ret)
{
	struct proc_cgroup found = {0};
	char buffer[4096 + 1024];
	const char *cgroup;
	size_t size, cgroup_size;
	int r = proc_read_pid_file(proc, pid, "cgroup", buffer, sizeof(buffer), &size);

	if (r < 0)
		return r;
	if (proc_parse_cgroup(buffer, size, &cgroup, &cgroup_size) == 0) {
		found.v2 = inode_of(root, "/unified", cgroup, cgroup_size);
		if (found.v2 == 0)
			found.v2 = inode_of(root, "", cgroup, cgroup_size);
	}
	if (proc_parse_cgroup_v1(buffer, size, "cpuacct", &cgroup, &cgroup_size) == 0) {
		found.v1 = inode_of(root, "/cpuacct", cgroup, cgroup_size);
		if (found.v1 == 0)
			found.v1 = inode_of(root, "/cpu,cpuacct", cgroup, cgroup_size);
	}
	*ret = found;
	return 0;
}

int proc_read_cgroup_key(const struct proc_dir *proc, int32_t pid, uint64_t *ret)
{
	char buffer[16384]; /* a path has 4096 bytes at most, a hierarchy a line */
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;
	uint64_t key;
	size_t size;
	int r = proc_read_pid_file(proc, pid, "cgroup", buffer, sizeof(buffer), &size);

	if (r < 0)
		return r;
	sha256_init(&sha);
	sha256_add(&sha, buffer, size);
	sha256_end(&sha, digest);
	memcpy(&key, digest, sizeof(key));
	*ret = key ? key : 1;
	return 0;
}

static int read_rss(const struct proc_dir *proc, int32_t pid, uint64_t *ret)
{
	char buffer[256];
	uint64_t pages;
	size_t size;
	int r = proc_read_pid_file(proc, pid, "statm", buffer, sizeof(buffer), &size);

	if (r == 0)
		r = proc_parse_statm(buffer, size, &pages);
	if (r == 0 && __builtin_mul_overflow(pages, proc->page_size, ret))
		r = -EBADMSG;
	return r;
}

int proc_read_memory(const struct proc_dir *proc, int32_t pid, uint64_t pss_max, uint64_t *ret,
	bool *ret_estimated)
{
	char buffer[2048];
	size_t size;
	uint64_t rss = 0;
	int r = read_rss(proc, pid, &rss);

	if (r < 0)
		return r;
	*ret = rss;
	*ret_estimated = rss > 0;
	if (rss == 0 || rss > pss_max)
		return 0;
	r = proc_read_pid_file(proc, pid, "smaps_rollup", buffer, sizeof(buffer), &size);
	if (r == 0 && proc_parse_pss(buffer, size, ret) == 0)
		*ret_estimated = false;
	return 0;
}

int proc_read_net_namespace(const struct proc_dir *proc, int32_t pid, uint64_t *ret)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%d/" NET_FILE, (int)pid); /* fits */
	if (fstatat(proc->fd, path, &st, 0) < 0)
		return gone_or_error();
	*ret = st.st_ino;
	return 0;
}

int proc_read_net(const struct proc_dir *proc, int32_t pid, uint64_t except, char *buffer,
	size_t capacity, size_t *ret_size, uint64_t *ret_namespace)
{
	hm_cleanup(hm_closep) int fd = open_pid_file(proc, pid, NET_FILE);
	struct stat st;
	size_t size = 0;
	int r = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return gone_or_error();
	if (st.st_ino != except)
		r = read_all(fd, buffer, capacity, &size);
	if (r < 0)
		return r;
	*ret_size = size;
	*ret_namespace = st.st_ino;
	return 0;
}

void proc_list_start(struct proc_dir *proc)
{
	rewinddir(proc->dir);
}

int proc_list_next(struct proc_dir *proc, int32_t *ret)
{
	struct dirent *entry;
	uint64_t pid;

	for (;;) {
		errno = 0;
		entry = readdir(proc->dir);
		if (!entry)
			break;
		if (proc_parse_u64(entry->d_name, strlen(entry->d_name), &pid) == 0 && pid > 0 &&
			pid <= INT32_MAX) {
			*ret = (int32_t)pid;
			return 0;
		}
	}
	*ret = 0;
	return -errno;
}
