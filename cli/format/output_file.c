/*
 * A plain rename(2) would replace what is there; so it is one that does not, or, on file systems
 * that lack it, a link, which never does.
 */
#include "cli/format/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define CHUNK_SIZE    65536
#define TEMPORARY_MAX 100 /* that others left behind under this process's number */

int output_file_open(struct output_file *output, int dirfd, const char *name)
{
	*output = (struct output_file){.dirfd = dirfd, .fd = -1};
	if (strlen(name) + 32 > NAME_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(output->name, sizeof(output->name), "%s", name); /* fits */
	for (unsigned i = 0; i < TEMPORARY_MAX && output->fd < 0; i++) {
		char temporary[NAME_MAX + 1];

		(void)snprintf(
			temporary, sizeof(temporary), ".%.220s.%ld-%u", name, (long)getpid(), i);
		output->fd = openat(dirfd, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (output->fd < 0 && errno != EEXIST)
			return -errno;
		if (output->fd >= 0)
			memcpy(output->temporary, temporary, sizeof(temporary));
	}
	if (output->fd < 0)
		return -EEXIST;
	sha256_init(&output->sha);
	return 0;
}

int output_file_write(struct output_file *output, const void *data, size_t size)
{
	const char *at = data;

	sha256_add(&output->sha, data, size);
	output->size += size;
	while (size > 0) {
		ssize_t n = write(output->fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int output_file_seal(struct output_file *output)
{
	sha256_end(&output->sha, output->digest);
	return fsync(output->fd) < 0 ? -errno : 0;
}

static int digest_of(int fd, uint8_t ret[SHA256_SIZE])
{
	static const size_t size = CHUNK_SIZE;
	hm_cleanup(hm_freep) char *chunk = malloc(size);
	struct sha256 sha;
	ssize_t n;

	if (!chunk)
		return -ENOMEM;
	sha256_init(&sha);
	while ((n = read(fd, chunk, size)) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			sha256_add(&sha, chunk, (size_t)n);
	}
	sha256_end(&sha, ret);
	return 0;
}

int output_file_look(const struct output_file *output, bool *ret_is_there)
{
	hm_cleanup(hm_closep) int fd =
		openat(output->dirfd, output->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t digest[SHA256_SIZE];
	struct stat status;
	int r;

	if (fd < 0 && errno == ENOENT) {
		*ret_is_there = false;
		return 0;
	}
	if (fd < 0)
		return errno == ELOOP ? -EEXIST : -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size != output->size)
		return -EEXIST;
	r = digest_of(fd, digest);
	if (r < 0)
		return r;
	if (memcmp(digest, output->digest, sizeof(digest)) != 0)
		return -EEXIST;
	*ret_is_there = true;
	return 0;
}

/* -EEXIST: the name is taken. */
static int give_name(const struct output_file *output)
{
	if (renameat2(output->dirfd, output->temporary, output->dirfd, output->name,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(output->dirfd, output->temporary, output->dirfd, output->name, 0) < 0)
		return -errno;
	return unlinkat(output->dirfd, output->temporary, 0) < 0 ? -errno : 0;
}

int output_file_publish(struct output_file *output)
{
	int r = give_name(output);
	bool is_there = false;

	if (r == 0)
		output->temporary[0] = '\0';
	else if (r == -EEXIST)
		r = output_file_look(output, &is_there);
	if (r == 0 && fsync(output->dirfd) < 0)
		r = -errno;
	return r;
}

void output_file_release(struct output_file *output)
{
	hm_closep(&output->fd); /* synced, or worth nothing */
	output->fd = -1;
	if (output->temporary[0])
		(void)unlinkat(output->dirfd, output->temporary, 0); /* hidden, and harms nobody */
}
