/* Stream id and acknowledgement cursor. */
#include "collector/spool/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/crc32c.h"
#include "hubmeter/cleanup.h"

#define STREAM_FILE_SIZE (HM_STREAM_SIZE + 4)
#define SLOT_SIZE	 12
#define SLOT_STRIDE	 512 /* a sector each: one torn sector leaves the other slot whole */
#define SLOTS		 2

static void put_le(unsigned char *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

int spool_stream_read(int dirfd, uint8_t ret[HM_STREAM_SIZE])
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned char bytes[STREAM_FILE_SIZE];
	unsigned char crc[4];
	ssize_t n;

	fd = openat(dirfd, "stream", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return -errno;
	put_le(crc, crc32c(0, bytes, HM_STREAM_SIZE), sizeof(crc));
	if ((size_t)n != sizeof(bytes) || memcmp(bytes + HM_STREAM_SIZE, crc, sizeof(crc)) != 0)
		return -EBADMSG;

	memcpy(ret, bytes, HM_STREAM_SIZE);
	return 0;
}

int spool_stream_write(int dirfd, const uint8_t stream[HM_STREAM_SIZE])
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned char bytes[STREAM_FILE_SIZE];
	ssize_t n;

	memcpy(bytes, stream, HM_STREAM_SIZE);
	put_le(bytes + HM_STREAM_SIZE, crc32c(0, bytes, HM_STREAM_SIZE), 4);
	fd = openat(
		dirfd, "stream.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, bytes, sizeof(bytes));
	if (n < 0)
		return -errno;
	if (n != sizeof(bytes))
		return -ENOSPC;
	if (fsync(fd) < 0)
		return -errno;
	if (renameat(dirfd, "stream.new", dirfd, "stream") < 0)
		return -errno;
	if (fsync(dirfd) < 0)
		return -errno;
	return 0;
}

int spool_stream_create(int dirfd, uint8_t ret[HM_STREAM_SIZE])
{
	uint8_t stream[HM_STREAM_SIZE];
	int r;

	if (getrandom(stream, HM_STREAM_SIZE, 0) != HM_STREAM_SIZE)
		return -EIO;
	r = spool_stream_write(dirfd, stream);
	if (r < 0)
		return r;

	memcpy(ret, stream, HM_STREAM_SIZE);
	return 0;
}

/* 0 and the slot's value, or -EBADMSG. */
static int parse_slot(const unsigned char *slot, size_t size, uint64_t *ret)
{
	struct cursor at = {slot, slot + size};
	uint64_t acked;
	uint32_t crc;

	if (cursor_u64(&at, &acked) < 0 || cursor_u32(&at, &crc) < 0 || crc != crc32c(0, slot, 8))
		return -EBADMSG;

	*ret = acked;
	return 0;
}

/* The larger of the sound slots; the other one is to be written next. */
static int read_slots(int fd, uint64_t *ret_acked, unsigned int *ret_next)
{
	unsigned char bytes[SLOT_SIZE];
	uint64_t acked = 0, value;
	unsigned int next = 0;

	for (unsigned int i = 0; i < SLOTS; i++) {
		ssize_t n = pread(fd, bytes, sizeof(bytes), (off_t)i * SLOT_STRIDE);

		if (n < 0)
			return -errno;
		if (parse_slot(bytes, (size_t)n, &value) == 0 && value >= acked) {
			acked = value;
			next = (i + 1) % SLOTS;
		}
	}

	*ret_acked = acked;
	*ret_next = next;
	return 0;
}

int spool_cursor_open(struct spool_cursor *cursor, int dirfd)
{
	hm_cleanup(hm_closep) int fd = -1;
	uint64_t acked;
	unsigned int next;
	int r;

	fd = openat(dirfd, "acked", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = read_slots(fd, &acked, &next);
	if (r < 0)
		return r;

	cursor->fd = hm_steal_fd(&fd);
	cursor->acked = acked;
	cursor->slot = next;
	return 0;
}

int spool_cursor_peek(int dirfd, uint64_t *ret_acked)
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned int next;

	fd = openat(dirfd, "acked", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret_acked = 0;
		return 0;
	}
	if (fd < 0)
		return -errno;
	return read_slots(fd, ret_acked, &next);
}

int spool_cursor_store(struct spool_cursor *cursor, uint64_t acked)
{
	unsigned char slot[SLOT_SIZE];
	ssize_t n;

	put_le(slot, acked, 8);
	put_le(slot + 8, crc32c(0, slot, 8), 4);
	cursor->acked = acked;
	n = pwrite(cursor->fd, slot, sizeof(slot), (off_t)cursor->slot * SLOT_STRIDE);
	if (n < 0)
		return -errno;
	if (n != sizeof(slot))
		return -ENOSPC;

	cursor->slot = (cursor->slot + 1) % SLOTS;
	return 0;
}

void spool_cursor_close(struct spool_cursor *cursor)
{
	hm_closep(&cursor->fd);
	cursor->fd = -1;
}
