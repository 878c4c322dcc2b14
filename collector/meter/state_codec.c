/* The first failure is kept, so that callers are lists of fields. */
#include "collector/meter/state_codec.h"

#include <errno.h>
#include <string.h>

#include "hubmeter/usage.h"

void state_put_u32(struct state_writer *writer, uint32_t value)
{
	if (writer->error == 0)
		writer->error = buffer_append_u32(writer->buffer, value);
}

void state_put_u64(struct state_writer *writer, uint64_t value)
{
	if (writer->error == 0)
		writer->error = buffer_append_u64(writer->buffer, value);
}

void state_put_time(struct state_writer *writer, int64_t usec)
{
	state_put_u64(writer, (uint64_t)usec);
}

void state_put_u128(struct state_writer *writer, uint128 value)
{
	state_put_u64(writer, (uint64_t)value);
	state_put_u64(writer, (uint64_t)(value >> 64));
}

void state_put_text(struct state_writer *writer, const char *text)
{
	if (writer->error == 0)
		writer->error = buffer_append_sized(writer->buffer, text, strlen(text));
}

void state_put_amount(struct state_writer *writer, const struct amount *amount)
{
	state_put_u128(writer, amount->burst);
	state_put_u128(writer, amount->idle);
	state_put_u128(writer, amount->base);
}

uint32_t state_get_u32(struct state_reader *reader)
{
	uint32_t value = 0;

	if (reader->error == 0)
		reader->error = cursor_u32(&reader->cursor, &value);
	return value;
}

uint64_t state_get_u64(struct state_reader *reader)
{
	uint64_t value = 0;

	if (reader->error == 0)
		reader->error = cursor_u64(&reader->cursor, &value);
	return value;
}

int64_t state_get_time(struct state_reader *reader)
{
	int64_t value = (int64_t)state_get_u64(reader);

	if (reader->error == 0 && (value < -1 || value > INT64_MAX / 2))
		reader->error = -EBADMSG;
	return value;
}

uint128 state_get_u128(struct state_reader *reader)
{
	uint64_t low = state_get_u64(reader);

	return (uint128)state_get_u64(reader) << 64 | low;
}

struct amount state_get_amount(struct state_reader *reader)
{
	struct amount amount;

	amount.burst = state_get_u128(reader);
	amount.idle = state_get_u128(reader);
	amount.base = state_get_u128(reader);
	return amount;
}

char *state_get_text(struct state_reader *reader)
{
	const unsigned char *data;
	char *text;
	size_t size;

	if (reader->error == 0)
		reader->error = cursor_sized(&reader->cursor, &data, &size);
	if (reader->error == 0 && (size > HM_MAX_STRING_SIZE || memchr(data, '\0', size)))
		reader->error = -EBADMSG;
	if (reader->error < 0)
		return NULL;
	text = strndup((const char *)data, size);
	if (!text)
		reader->error = -ENOMEM;
	return text;
}

uint32_t state_get_count(struct state_reader *reader)
{
	uint32_t n = state_get_u32(reader);

	if (reader->error == 0 && n > (size_t)(reader->cursor.end - reader->cursor.at))
		reader->error = -EBADMSG;
	return reader->error == 0 ? n : 0;
}

int state_reader_finish(const struct state_reader *reader)
{
	if (reader->error < 0)
		return reader->error;
	return reader->cursor.at == reader->cursor.end ? 0 : -EBADMSG;
}
