/* Identity and acknowledgement cursor. */
#include "collector/spool/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/crc32c.h"
#include "hubmeter/cleanup.h"

#define STREAM_ONLY_SIZE (HM_STREAM_SIZE + 4) /* of releases before; so is the next */
#define NODELESS_SIZE	 (HM_STREAM_SIZE + 8 + 2 * SPOOL_ORIGIN_SIZE + 6 * 8 + 4)
#define IDENTITY_SIZE	 (NODELESS_SIZE + SPOOL_ORIGIN_SIZE)
#define SLOT_SIZE	 12
#define SLOT_STRIDE	 512 /* a sector each: one torn sector leaves the other slot whole */
#define SLOTS		 2

static void put_le(unsigned char *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

/* What a file of this release holds, in order. */
static size_t pack(const struct spool_identity *identity, unsigned char *bytes)
{
	unsigned char *at = bytes;

	memcpy(at, identity->stream, HM_STREAM_SIZE);
	put_le(at += HM_STREAM_SIZE, identity->base, 8);
	memcpy(at += 8, identity->origin.machine, SPOOL_ORIGIN_SIZE);
	memcpy(at += SPOOL_ORIGIN_SIZE, identity->origin.boot, SPOOL_ORIGIN_SIZE);
	put_le(at += SPOOL_ORIGIN_SIZE, identity->inode, 8);
	put_le(at += 8, identity->born, 8);
	put_le(at += 8, identity->stateless, 8);
	put_le(at += 8, identity->merged.from, 8);
	put_le(at += 8, identity->merged.to, 8);
	put_le(at += 8, identity->merged.into, 8);
	memcpy(at += 8, identity->origin.node, SPOOL_ORIGIN_SIZE);
	at += SPOOL_ORIGIN_SIZE;
	put_le(at, crc32c(0, bytes, (size_t)(at - bytes)), 4);
	return (size_t)(at + 4 - bytes);
}

static void copy_out(struct cursor *at, uint8_t *to, size_t size)
{
	const unsigned char *from;

	if (cursor_bytes(at, size, &from) == 0)
		memcpy(to, from, size);
}

/* Fields that a file of an older release does not have stay 0. */
static void unpack(const unsigned char *bytes, size_t size, struct spool_identity *ret)
{
	struct cursor at = {bytes, bytes + size};

	*ret = (struct spool_identity){.base = 0};
	copy_out(&at, ret->stream, HM_STREAM_SIZE);
	if (cursor_u64(&at, &ret->base) < 0)
		return;
	copy_out(&at, ret->origin.machine, SPOOL_ORIGIN_SIZE);
	copy_out(&at, ret->origin.boot, SPOOL_ORIGIN_SIZE);
	if (cursor_u64(&at, &ret->inode) < 0 || cursor_u64(&at, &ret->born) < 0)
		return;
	if (cursor_u64(&at, &ret->stateless) < 0 || cursor_u64(&at, &ret->merged.from) < 0 ||
		cursor_u64(&at, &ret->merged.to) < 0)
		return;
	if (cursor_u64(&at, &ret->merged.into) == 0)
		copy_out(&at, ret->origin.node, SPOOL_ORIGIN_SIZE);
}

int spool_identity_read(int dirfd, struct spool_identity *ret)
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned char bytes[IDENTITY_SIZE + 1];
	unsigned char crc[4];
	size_t size;
	ssize_t n;

	fd = openat(dirfd, "stream", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return -errno;
	if (n != IDENTITY_SIZE && n != NODELESS_SIZE && n != STREAM_ONLY_SIZE)
		return -EBADMSG;
	size = (size_t)n - sizeof(crc);
	put_le(crc, crc32c(0, bytes, size), sizeof(crc));
	if (memcmp(bytes + size, crc, sizeof(crc)) != 0)
		return -EBADMSG;

	unpack(bytes, size, ret);
	return 0;
}

int spool_identity_write(int dirfd, const struct spool_identity *identity)
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned char bytes[IDENTITY_SIZE];
	size_t size = pack(identity, bytes);
	ssize_t n;

	fd = openat(
		dirfd, "stream.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, bytes, size);
	if (n < 0)
		return -errno;
	if ((size_t)n != size)
		return -ENOSPC;
	if (fsync(fd) < 0)
		return -errno;
	if (renameat(dirfd, "stream.new", dirfd, "stream") < 0)
		return -errno;
	(void)fsync(dirfd); /* it has happened: who was told otherwise would go on as before */
	return 0;
}

int spool_identity_renew(struct spool_identity *identity, uint64_t first)
{
	uint8_t stream[HM_STREAM_SIZE];

	if (getrandom(stream, HM_STREAM_SIZE, 0) != HM_STREAM_SIZE)
		return -EIO;
	memcpy(identity->stream, stream, HM_STREAM_SIZE);
	identity->base = first - 1;
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

int spool_cursor_open(struct spool_cursor *cursor, int dirfd, const char *name)
{
	hm_cleanup(hm_closep) int fd = -1;
	uint64_t acked;
	unsigned int next;
	int r;

	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = read_slots(fd, &acked, &next);
	if (r < 0)
		return r;

	cursor->fd = hm_steal_fd(&fd);
	cursor->sequence = acked;
	cursor->slot = next;
	return 0;
}

int spool_cursor_peek(int dirfd, uint64_t *ret_acked)
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned int next;

	fd = openat(dirfd, SPOOL_ACKED, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
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
	cursor->sequence = acked;
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

int spool_cursor_identify(const struct spool_cursor *cursor, struct spool_identity *identity)
{
	struct statx st;

	if (statx(cursor->fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return -errno;
	identity->inode = st.stx_ino;
	identity->born = st.stx_mask & STATX_BTIME ? (uint64_t)st.stx_btime.tv_sec * 1000000000u +
							     st.stx_btime.tv_nsec
						   : 0;
	return 0;
}
