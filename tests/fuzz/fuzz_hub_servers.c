/*
 * A hub's page of users, in pieces: whatever is in it, names stay fit to travel, servers within
 * their limit and with a process, and it is understood alike however it is cut.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "collector/source/name.h"
#include "collector/source/process/whose/hub_servers.h"
#include "common/utf8.h"

static int parse_by(const uint8_t *data, size_t size, size_t step, struct hub_servers *servers,
	uint64_t *ret_next)
{
	struct hub_page *page = hub_page_new(servers);
	int r = page ? 0 : -ENOMEM;

	for (size_t at = 0; at < size && r == 0; at += step)
		r = hub_page_add(page, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = hub_page_finish(page, ret_next);
	hub_page_free(page);
	return r;
}

static void assert_same(const char *a, const char *b)
{
	assert(a && b && strcmp(a, b) == 0);
	assert(strlen(a) <= NAME_MAX_SIZE && utf8_valid_size(a, strlen(a)) == strlen(a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hub_servers whole = {0}, cut = {0};
	uint64_t next = 0, next_of_cut = 0;
	int r = parse_by(data, size, size + 1, &whole, &next);

	assert(parse_by(data, size, 3, &cut, &next_of_cut) == r && next == next_of_cut);
	assert(whole.n <= HUB_SERVERS_MAX);
	assert(r < 0 || (whole.n == cut.n && whole.n_without_process == cut.n_without_process));
	for (size_t i = 0; r == 0 && i < whole.n; i++) {
		const struct hub_server *a = &whole.server[i], *b = &cut.server[i];

		assert(a->pid > 1 && a->pid == b->pid);
		assert(a->started_usec > 0 && a->started_usec == b->started_usec);
		assert_same(a->user, b->user);
		assert_same(a->name, b->name);
		assert(*a->user);
	}
	hub_servers_release(&whole);
	hub_servers_release(&cut);
	return 0;
}
