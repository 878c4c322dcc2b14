/*
 * System calls that fail. The file functions of the C library are replaced, in the one file of a
 * program that includes this, by ones that count, and fail from one count to another as a disk
 * does: each with the errors that it can have, without any effect, but for a short write.
 *
 *	failing_calls = (struct failing_calls){.is_armed = true, .from = 7, .to = 8, .error = EIO};
 *	... what is to be tested ...
 *	failing_calls.is_armed = false;
 */
#ifndef TESTS_SUPPORT_FAILING_CALLS_H
#define TESTS_SUPPORT_FAILING_CALLS_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHORT_WRITE (-1) /* an error that is none: half is written */

struct failing_calls {
	bool is_armed;
	unsigned from, to; /* which calls, counted from 0 */
	int error;
	unsigned count;	 /* calls so far */
	unsigned failed; /* of these */
};

static struct failing_calls failing_calls;

/* What a call can fail with. */
enum call_kind { CALL_LOOK, CALL_READ, CALL_OPEN, CALL_CHANGE, CALL_WRITE };

static bool can_fail(enum call_kind kind, int error)
{
	switch (error) {
	case EIO:
		return true;
	case EINTR:
		return kind != CALL_LOOK;
	case EMFILE:
		return kind == CALL_OPEN;
	case SHORT_WRITE:
		return kind == CALL_WRITE;
	default: /* no space, no quota, read-only */
		return kind == CALL_CHANGE || kind == CALL_WRITE;
	}
}

static bool is_to_fail(enum call_kind kind)
{
	struct failing_calls *calls = &failing_calls;

	if (!calls->is_armed)
		return false;
	calls->count++;
	if (calls->count <= calls->from || calls->count > calls->to)
		return false;
	return can_fail(kind, calls->error);
}

/* The other errors of opening are those of what it makes. */
static bool opening_fails(int flags)
{
	bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);

	if (changes && can_fail(CALL_CHANGE, failing_calls.error))
		return is_to_fail(CALL_CHANGE);
	return is_to_fail(CALL_OPEN);
}

static int fail_now(void)
{
	failing_calls.failed++;
	errno = failing_calls.error;
	return -1;
}

static ssize_t write_half(int fd, const void *data, size_t size, off_t offset)
{
	failing_calls.failed++;
	return syscall(SYS_pwrite64, fd, data, size / 2, offset);
}

int openat(int fd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	if (opening_fails(flags))
		return fail_now();
	return (int)syscall(SYS_openat, fd, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return openat(AT_FDCWD, path, flags, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	return is_to_fail(CALL_CHANGE) ? fail_now() : (int)syscall(SYS_mkdirat, fd, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (is_to_fail(CALL_CHANGE))
		return fail_now();
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int unlinkat(int fd, const char *path, int flags)
{
	return is_to_fail(CALL_CHANGE) ? fail_now() : (int)syscall(SYS_unlinkat, fd, path, flags);
}

int ftruncate(int fd, off_t size)
{
	return is_to_fail(CALL_CHANGE) ? fail_now() : (int)syscall(SYS_ftruncate, fd, size);
}

/* What it is for needs a power cut, and takes time. */
int fsync(int fd)
{
	(void)fd;
	return is_to_fail(CALL_CHANGE) ? fail_now() : 0;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (!is_to_fail(CALL_WRITE))
		return syscall(SYS_pwrite64, fd, data, size, offset);
	return failing_calls.error == SHORT_WRITE ? write_half(fd, data, size, offset) : fail_now();
}

ssize_t pwritev(int fd, const struct iovec *part, int count, off_t offset)
{
	if (!is_to_fail(CALL_WRITE))
		return syscall(SYS_pwritev, fd, part, count, offset, 0);
	if (failing_calls.error != SHORT_WRITE)
		return fail_now();
	for (; count > 1 && part->iov_len == 0; count--)
		part++;
	return write_half(fd, part->iov_base, part->iov_len, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
	if (fd <= STDERR_FILENO || !is_to_fail(CALL_WRITE))
		return syscall(SYS_write, fd, data, size);
	if (failing_calls.error != SHORT_WRITE)
		return fail_now();
	failing_calls.failed++;
	return syscall(SYS_write, fd, data, size / 2);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	return is_to_fail(CALL_READ) ? fail_now() : syscall(SYS_pread64, fd, data, size, offset);
}

int fstat(int fd, struct stat *ret)
{
	if (is_to_fail(CALL_LOOK))
		return fail_now();
	return (int)syscall(SYS_newfstatat, fd, "", ret, AT_EMPTY_PATH);
}

int fstatat(int fd, const char *path, struct stat *ret, int flags)
{
	if (is_to_fail(CALL_LOOK))
		return fail_now();
	return (int)syscall(SYS_newfstatat, fd, path, ret, flags);
}

struct dirent *readdir(DIR *directory)
{
	static struct dirent *(*real)(DIR *);

	if (is_to_fail(CALL_LOOK)) {
		(void)fail_now(); /* says errno */
		return NULL;
	}
	if (!real)
		real = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
	return real(directory);
}

#endif
