/* As much of protobuf's encoding as finding four fields takes: tag = number << 3 | type. */
#include "proto/redate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum wire_type { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum field { BOOT_ID = 5, WINDOW_START = 6, WINDOW_LENGTH = 7, WINDOW_END_BOOTTIME = 9 };

struct reader {
	const uint8_t *at, *end;
};

static bool get_varint(struct reader *reader, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (reader->at == reader->end)
			return false;
		value |= (uint64_t)(*reader->at & 0x7f) << shift;
		if (!(*reader->at++ & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool skip(struct reader *reader, uint64_t size)
{
	if (size > (uint64_t)(reader->end - reader->at))
		return false;
	reader->at += size;
	return true;
}

/* The value of a number or the size of bytes, at which @reader then stands. */
static bool get_field(struct reader *reader, uint64_t *ret_tag, uint64_t *ret)
{
	if (!get_varint(reader, ret_tag))
		return false;
	switch (*ret_tag & 7) {
	case VARINT:
	case BYTES:
		return get_varint(reader, ret);
	case FIXED64:
		return skip(reader, 8);
	case FIXED32:
		return skip(reader, 4);
	default:
		return false;
	}
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static bool take_bytes(
	struct reader *reader, uint64_t tag, uint64_t size, bool *has_boot_id, struct hm_date *date)
{
	const uint8_t *bytes = reader->at;

	if (!skip(reader, size))
		return false;
	if (tag != (BOOT_ID << 3 | BYTES))
		return true;
	*has_boot_id = size == HM_BOOT_ID_SIZE;
	if (*has_boot_id)
		memcpy(date->boot_id, bytes, HM_BOOT_ID_SIZE);
	return *has_boot_id;
}

int hm_date_read(const void *batch, size_t size, struct hm_date *ret)
{
	struct reader reader = {batch, (const uint8_t *)batch + size};
	struct hm_date date = {.window_start_usec = 0};
	uint64_t length = 0, boottime = 0, tag, value;
	bool has_boot_id = false;

	while (reader.at < reader.end) {
		if (!get_field(&reader, &tag, &value))
			return -EBADMSG;
		if ((tag & 7) == BYTES && !take_bytes(&reader, tag, value, &has_boot_id, &date))
			return -EBADMSG;
		if (tag == (WINDOW_START << 3 | VARINT))
			date.window_start_usec = unzigzag(value);
		if (tag == (WINDOW_LENGTH << 3 | VARINT))
			length = value;
		if (tag == (WINDOW_END_BOOTTIME << 3 | VARINT))
			boottime = value;
	}
	if (!has_boot_id || boottime > INT64_MAX ||
		__builtin_add_overflow(date.window_start_usec, length, &date.window_end_usec))
		return -EBADMSG;
	date.window_end_boottime_usec = (int64_t)boottime;
	*ret = date;
	return 0;
}

size_t hm_date_append(int64_t window_start_usec, uint8_t ret[HM_REDATE_SIZE])
{
	uint64_t value = ((uint64_t)window_start_usec << 1) ^ (uint64_t)(window_start_usec >> 63);
	size_t size = 0;

	ret[size++] = WINDOW_START << 3 | VARINT;
	while (value >= 0x80) {
		ret[size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	ret[size++] = (uint8_t)value;
	return size;
}
