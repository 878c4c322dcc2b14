/* Framing of spool records: what a crash or a bad disk leaves behind must be told from the good. */
#include "collector/spool/record.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "common/crc32c.h"

/* "HMS1"; version 2 of the format would have another magic. */
static const unsigned char magic[4] = {'H', 'M', 'S', '1'};

static void put_le(unsigned char *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get_le(const unsigned char *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

size_t spool_record_size(const struct spool_record *record)
{
	return SPOOL_RECORD_HEADER_SIZE + record->batch_size + record->state_size +
	       SPOOL_RECORD_TRAILER_SIZE;
}

int spool_record_frame(const struct spool_record *record,
	unsigned char ret_header[SPOOL_RECORD_HEADER_SIZE],
	unsigned char ret_trailer[SPOOL_RECORD_TRAILER_SIZE])
{
	uint32_t crc;

	if (record->batch_size > SPOOL_RECORD_MAX_SIZE ||
		record->state_size > SPOOL_RECORD_MAX_SIZE ||
		spool_record_size(record) > SPOOL_RECORD_MAX_SIZE)
		return -E2BIG;

	memcpy(ret_header, magic, sizeof(magic));
	put_le(ret_header + 4, spool_record_size(record), 4);
	put_le(ret_header + 8, record->sequence, 8);
	put_le(ret_header + 16, record->batch_size, 4);
	crc = crc32c(0, ret_header, SPOOL_RECORD_HEADER_SIZE);
	crc = crc32c(crc, record->batch, record->batch_size);
	crc = crc32c(crc, record->state, record->state_size);
	put_le(ret_trailer, crc, SPOOL_RECORD_TRAILER_SIZE);
	return 0;
}

int spool_record_write(int fd, uint64_t offset, const struct spool_record *record)
{
	unsigned char header[SPOOL_RECORD_HEADER_SIZE], trailer[SPOOL_RECORD_TRAILER_SIZE];
	struct iovec part[4] = {
		{header, sizeof(header)},
		{(void *)(uintptr_t)record->batch, record->batch_size},
		{(void *)(uintptr_t)record->state, record->state_size},
		{trailer, sizeof(trailer)},
	};
	ssize_t n;
	int r = spool_record_frame(record, header, trailer);

	if (r < 0)
		return r;
	n = pwritev(fd, part, 4, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == spool_record_size(record) ? 0 : -ENOSPC;
}

int spool_record_peek(const void *data, size_t size, size_t *ret_size)
{
	const unsigned char *at = data;
	uint64_t frame;

	if (size < SPOOL_RECORD_HEADER_SIZE || memcmp(at, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	frame = get_le(at + 4, 4);
	if (frame < SPOOL_RECORD_HEADER_SIZE + SPOOL_RECORD_TRAILER_SIZE ||
		frame > SPOOL_RECORD_MAX_SIZE)
		return -EBADMSG;

	*ret_size = (size_t)frame;
	return 0;
}

bool spool_record_begins(const void *data, size_t size)
{
	return memcmp(data, magic, size < sizeof(magic) ? size : sizeof(magic)) == 0;
}

int spool_record_parse(const void *data, size_t size, struct spool_record *ret)
{
	const unsigned char *at = data;
	struct spool_record record;
	size_t frame, inner;
	int r;

	r = spool_record_peek(data, size, &frame);
	if (r < 0)
		return r;
	if (frame > size)
		return -EBADMSG;
	if (crc32c(0, at, frame - SPOOL_RECORD_TRAILER_SIZE) !=
		get_le(at + frame - SPOOL_RECORD_TRAILER_SIZE, SPOOL_RECORD_TRAILER_SIZE))
		return -EBADMSG;

	inner = frame - SPOOL_RECORD_HEADER_SIZE - SPOOL_RECORD_TRAILER_SIZE;
	record.sequence = get_le(at + 8, 8);
	record.batch = at + SPOOL_RECORD_HEADER_SIZE;
	record.batch_size = (size_t)get_le(at + 16, 4);
	if (record.batch_size > inner)
		return -EBADMSG;
	record.state = record.batch + record.batch_size;
	record.state_size = inner - record.batch_size;

	*ret = record;
	return 0;
}

int spool_record_find(const void *data, size_t size, size_t from, uint64_t after, uint64_t before,
	struct spool_record *ret, size_t *ret_offset)
{
	const unsigned char *start = data;
	const unsigned char *at;
	struct spool_record record;

	for (size_t i = from; i < size; i = (size_t)(at - start) + 1) {
		at = memmem(start + i, size - i, magic, sizeof(magic));
		if (!at)
			return -ENOENT;
		if (spool_record_parse(at, size - (size_t)(at - start), &record) < 0)
			continue;
		if (record.sequence <= after || record.sequence >= before)
			continue;
		*ret = record;
		*ret_offset = (size_t)(at - start);
		return 0;
	}
	return -ENOENT;
}
