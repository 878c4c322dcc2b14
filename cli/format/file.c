/*
 * What is imported or applied is looked at as a whole before anything is done with it. zlib reads
 * what is not compressed as it is.
 */
#include "cli/format/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define CHUNK_SIZE 65536

static void close_file(gzFile *file)
{
	if (*file)
		(void)gzclose(*file);
}

/* Why reading ended early: not at the end of a compressed file, or by the system. */
static int read_fault(gzFile file)
{
	int code;

	(void)gzerror(file, &code);
	if (code == Z_ERRNO)
		return -errno;
	return code == Z_OK ? 0 : -EBADMSG;
}

static int read_all(gzFile file, struct buffer *buffer)
{
	for (;;) {
		int r = buffer_reserve(buffer, 1);
		size_t room = buffer->capacity - buffer->size;
		int n;

		if (r < 0)
			return r;
		n = gzread(file, buffer->data + buffer->size,
			room < CHUNK_SIZE ? (unsigned)room : CHUNK_SIZE);
		if (n <= 0) {
			r = read_fault(file);
			return r < 0 ? r : buffer_append(buffer, "", 1);
		}
		buffer->size += (size_t)n;
	}
}

/* A duplicate of standard input, so that it stays open. */
static int open_path(const char *path)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int file_read(const char *path, size_t limit, char **ret, size_t *ret_size)
{
	hm_cleanup(close_file) gzFile file = NULL;
	struct buffer buffer = BUFFER_INIT(limit + 1);
	int fd = open_path(path);
	int r;

	if (fd < 0)
		return fd;
	file = gzdopen(fd, "rb");
	if (!file) {
		(void)close(fd);
		return -ENOMEM;
	}
	r = read_all(file, &buffer);
	if (r < 0) {
		buffer_release(&buffer);
		return r;
	}

	*ret = (char *)buffer.data;
	*ret_size = buffer.size - 1;
	return 0;
}
