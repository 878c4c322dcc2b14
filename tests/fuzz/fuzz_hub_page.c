/*
 * Whatever a hub answers, reading it ends in an error or in whole rows: as many lines as were
 * counted.
 *
 * Built and run as fuzz_wire.c; the corpus may start empty.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/roster/jupyterhub/page.h"

#define LIMIT (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t lines(const struct buffer *copy)
{
	size_t count = 0;

	for (size_t i = 0; i < copy->size; i++)
		count += copy->data[i] == '\n';
	return count;
}

static void must(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hub_rows rows = {.users = BUFFER_INIT(LIMIT),
		.groups = BUFFER_INIT(LIMIT),
		.members = BUFFER_INIT(LIMIT)};
	struct buffer answer = BUFFER_INIT(LIMIT);
	struct hub_page page;

	must(buffer_append(&answer, data, size) == 0);
	if (hub_page_users(&rows, "u", 1, &answer, &page) == 0)
		must(lines(&rows.users) == rows.n_users);
	if (hub_page_groups(&rows, "g", 1, "cost_centre", &answer, &page) == 0)
		must(lines(&rows.groups) == rows.n_groups &&
			lines(&rows.members) == rows.n_members);
	buffer_release(&answer);
	buffer_release(&rows.users);
	buffer_release(&rows.groups);
	buffer_release(&rows.members);
	return 0;
}
