/* What is imported or applied is looked at as a whole before anything is done with it. */
#include "cli/format/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define CHUNK_SIZE 65536

static int read_all(int fd, struct buffer *buffer)
{
	for (;;) {
		int r = buffer_reserve(buffer, 1);
		size_t room = buffer->capacity - buffer->size;
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, buffer->data + buffer->size, room < CHUNK_SIZE ? room : CHUNK_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return buffer_append(buffer, "", 1);
		buffer->size += (size_t)n;
	}
}

int file_read(const char *path, size_t limit, char **ret, size_t *ret_size)
{
	hm_cleanup(hm_closep) int opened = -1;
	struct buffer buffer = BUFFER_INIT(limit + 1);
	int fd = STDIN_FILENO;
	int r;

	if (strcmp(path, "-") != 0) {
		opened = open(path, O_RDONLY | O_CLOEXEC);
		if (opened < 0)
			return -errno;
		fd = opened;
	}
	r = read_all(fd, &buffer);
	if (r < 0) {
		buffer_release(&buffer);
		return r;
	}

	*ret = (char *)buffer.data;
	*ret_size = buffer.size - 1;
	return 0;
}
