/* What was never measured is found again by itself. */
#include "collector/source/storage/homes_state.h"

#include <errno.h>
#include <string.h>

#include "collector/source/storage/roots.h"
#include "collector/source/storage/round.h"
#include "hubmeter/cleanup.h"

#define AGE_MAX_USEC (INT64_MAX / 4)
#define NO_ROOT	     UINT32_MAX

static void put_roots(struct state_writer *writer, const char *roots)
{
	const char *root;
	uint32_t n = 0;
	size_t size;

	while (roots_get(roots, n, &root, &size))
		n++;
	state_put_u32(writer, n);
	for (uint32_t i = 0; i < n && roots_get(roots, i, &root, &size); i++)
		if (writer->error == 0)
			writer->error = buffer_append_sized(writer->buffer, root, size);
}

static void put_age(struct state_writer *writer, int64_t now_usec, int64_t usec)
{
	state_put_time(writer, now_usec > usec ? now_usec - usec : 0);
}

void homes_save(
	const struct homes *homes, const char *roots, int64_t now_usec, struct state_writer *writer)
{
	uint32_t n = 0;

	put_roots(writer, roots);
	for (uint32_t i = 0; i < homes_size(homes); i++)
		n += homes_at(homes, i)->is_measured;
	state_put_u32(writer, n);
	for (uint32_t i = 0; i < homes_size(homes); i++) {
		const struct home *home = homes_at(homes, i);

		if (!home->is_measured)
			continue;
		state_put_u32(writer, home->root);
		state_put_text(writer, home->name);
		state_put_u32(writer, home->is_gone);
		state_put_u64(writer, home->bytes);
		state_put_u128(writer, home->fine);
		put_age(writer, now_usec, home->start_usec);
		put_age(writer, now_usec, home->until_usec);
		put_age(writer, now_usec, home->seen_usec);
	}
}

static uint32_t find_root(const char *roots, const char *path)
{
	const char *root;
	size_t size;

	for (uint32_t i = 0; roots_get(roots, i, &root, &size); i++)
		if (size == strlen(path) && memcmp(root, path, size) == 0)
			return i;
	return NO_ROOT;
}

static int64_t get_time(struct state_reader *reader, int64_t now_usec)
{
	int64_t age = state_get_time(reader);

	if (reader->error == 0 && (age < 0 || age > AGE_MAX_USEC))
		reader->error = -EBADMSG;
	return reader->error == 0 ? now_usec - age : 0;
}

static void get_home(struct state_reader *reader, struct homes *homes,
	const uint32_t number[ROOTS_MAX], uint32_t n_roots, int64_t now_usec)
{
	uint32_t root = state_get_u32(reader);
	hm_cleanup(hm_freep) char *name = state_get_text(reader);
	struct home read = {.is_measured = true}, *home;

	read.is_gone = state_get_u32(reader) != 0;
	read.bytes = state_get_u64(reader);
	read.fine = state_get_u128(reader);
	read.start_usec = get_time(reader, now_usec);
	read.until_usec = get_time(reader, now_usec);
	read.seen_usec = get_time(reader, now_usec);
	if (reader->error == 0 && (root >= n_roots || read.bytes > INT64_MAX || !*name ||
					  strlen(name) >= ROUND_NAME_SIZE))
		reader->error = -EBADMSG;
	if (reader->error < 0 || number[root] == NO_ROOT)
		return;
	reader->error = homes_find(homes, number[root], name, &home);
	if (reader->error < 0)
		return;
	read.root = home->root;
	read.name = home->name;
	*home = read;
}

void homes_restore(
	struct homes *homes, const char *roots, int64_t now_usec, struct state_reader *reader)
{
	uint32_t number[ROOTS_MAX];
	uint32_t n_roots = state_get_count(reader), n;

	if (reader->error == 0 && n_roots > ROOTS_MAX)
		reader->error = -EBADMSG;
	for (uint32_t i = 0; i < n_roots && reader->error == 0; i++) {
		hm_cleanup(hm_freep) char *path = state_get_text(reader);

		number[i] = path ? find_root(roots, path) : NO_ROOT;
	}
	n = state_get_count(reader);
	for (uint32_t i = 0; i < n && reader->error == 0; i++)
		get_home(reader, homes, number, n_roots, now_usec);
}
