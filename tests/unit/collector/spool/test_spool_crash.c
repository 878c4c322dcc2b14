/*
 * A crash between any two system calls of the spool. The calls it writes with are replaced by ones
 * that count down and then end the process, for a write after a part of it. Whatever the dead
 * process was told to be safe must be there, and what it left must be good to go on with.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"

#define CRASHED 99

/* What the process that will die tells the one that looks afterwards. */
struct progress {
	uint64_t appended; /* last sequence reported as written */
	uint64_t asked;	   /* last sequence whose write was begun */
	uint64_t acked;	   /* asked to acknowledge up to here */
};

static struct progress *progress;
static int calls_left = -1; /* -1: no crash */
static int write_part;	    /* in eighths: how much of a write happens before the crash */

static int is_last_call(void)
{
	return calls_left >= 0 && calls_left-- == 0;
}

static void crash(void)
{
	syscall(SYS_exit_group, CRASHED);
}

ssize_t pwritev(int fd, const struct iovec *part, int count, off_t offset)
{
	unsigned char bytes[4096];
	size_t size = 0;
	int dying = is_last_call();

	for (int i = 0; i < count; i++) {
		if (part[i].iov_len > 0)
			memcpy(bytes + size, part[i].iov_base, part[i].iov_len);
		size += part[i].iov_len;
	}
	if (dying)
		size = size * (size_t)write_part / 8;
	if (size > 0 || !dying)
		size = (size_t)syscall(SYS_pwrite64, fd, bytes, size, offset);
	if (dying)
		crash();
	return (ssize_t)size;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	int dying = is_last_call();

	if (dying)
		size = size * (size_t)write_part / 8;
	size = (size_t)syscall(SYS_pwrite64, fd, data, size, offset);
	if (dying)
		crash();
	return (ssize_t)size;
}

ssize_t write(int fd, const void *data, size_t size)
{
	int dying = fd > 2 && is_last_call();

	if (dying)
		size = size * (size_t)write_part / 8;
	size = (size_t)syscall(SYS_write, fd, data, size);
	if (dying)
		crash();
	return (ssize_t)size;
}

int fsync(int fd)
{
	if (is_last_call())
		crash();
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

int ftruncate(int fd, off_t size)
{
	if (is_last_call())
		crash();
	return (int)syscall(SYS_ftruncate, fd, size);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (is_last_call())
		crash();
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int unlinkat(int fd, const char *path, int flags)
{
	if (is_last_call())
		crash();
	return (int)syscall(SYS_unlinkat, fd, path, flags);
}

int openat(int fd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	if ((flags & O_CREAT) && is_last_call())
		crash();
	return (int)syscall(SYS_openat, fd, path, flags, mode);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void open_spool(const char *path, int archive, struct spool *spool, uint64_t *ret_state)
{
	struct spool_config config = {
		.directory = path, .segment_size = 300, .archive = archive, .sync = true};
	struct buffer state = BUFFER_INIT(4096);

	assert_int_equal(spool_open(spool, &config, &state), 0);
	*ret_state = 0;
	if (state.size > 0) {
		assert_int_equal(state.size, sizeof(*ret_state));
		memcpy(ret_state, state.data, sizeof(*ret_state));
	}
	buffer_release(&state);
}

static int append(struct spool *spool)
{
	uint64_t state = spool->next_sequence;
	char batch[100];

	memset(batch, (int)(state & 0xff), sizeof(batch));
	return spool_append(spool, batch, sizeof(batch), &state, sizeof(state));
}

/* Opens, appends ten records over five segments, acknowledges on the way. */
static void live(const char *path, int archive)
{
	struct spool spool;
	uint64_t state;

	open_spool(path, archive, &spool, &state);
	for (int i = 0; i < 10; i++) {
		progress->asked = spool.next_sequence;
		assert_int_equal(append(&spool), 0);
		progress->appended = progress->asked;
		if (i % 3 == 2) {
			progress->acked = progress->asked - 1;
			assert_int_equal(spool_ack(&spool, progress->acked), 0);
		}
	}
	spool_close(&spool);
}

static void check_what_is_left(const char *path, int archive)
{
	struct spool_record record;
	struct spool spool;
	uint64_t state, last = 0;

	open_spool(path, archive, &spool, &state);
	assert_in_range(spool.next_sequence, progress->appended + 1, progress->asked + 1);
	assert_int_equal(state, spool.next_sequence - 1);
	assert_true(spool_acked(&spool) <= progress->acked);
	assert_int_equal(append(&spool), 0);
	while (spool_next(&spool, &record) > 0) {
		assert_true(last == 0 || record.sequence == last + 1);
		assert_true(last > 0 || record.sequence <= progress->acked + 1);
		assert_int_equal(record.batch[99], record.sequence & 0xff);
		last = record.sequence;
	}
	assert_int_equal(last, spool.next_sequence - 1);
	assert_int_equal(spool.reader.damaged_bytes, 0);
	assert_int_equal(spool_ack(&spool, last), 0);
	assert_int_equal(spool.segments.count, 1);
	spool_close(&spool);
}

/* Whether the process lived to the end of what it had to do. */
static int die_at(const char *path, int archive, int call)
{
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		calls_left = call;
		live(path, archive);
		syscall(SYS_exit_group, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == CRASHED || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 0;
}

static void crash_everywhere(int archive, int restarts)
{
	char path[64];
	int call = 0, is_done = 0;

	for (; !is_done; call++) {
		strcpy(path, access("/dev/shm", W_OK) == 0 ? "/dev/shm/crash-XXXXXX"
							   : "/tmp/crash-XXXXXX");
		assert_non_null(mkdtemp(path));
		write_part = call % 9 < 8 ? (call * 3) % 9 : 8;
		memset(progress, 0, sizeof(*progress));
		is_done = die_at(path, archive, call);
		for (int i = 0; i < restarts; i++)
			(void)die_at(path, archive, call % (7 + i));
		check_what_is_left(path, archive);
		(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	}
	assert_true(call > 40);
}

static void test_crash_at_every_call(void **state)
{
	(void)state;
	crash_everywhere(0, 0);
}

static void test_crash_at_every_call_with_archive(void **state)
{
	(void)state;
	crash_everywhere(1, 0);
}

static void test_crash_again_while_recovering(void **state)
{
	(void)state;
	crash_everywhere(0, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crash_at_every_call),
		cmocka_unit_test(test_crash_at_every_call_with_archive),
		cmocka_unit_test(test_crash_again_while_recovering),
	};

	progress = mmap(
		NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
