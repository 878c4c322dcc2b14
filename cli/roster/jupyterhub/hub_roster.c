/* Pages are counted by offset: whoever is added or removed meanwhile shifts what is behind. */
#include "cli/roster/jupyterhub/hub_roster.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/crc32c.h"

#define ROWS_LIMIT   (1ul << 30)
#define ANSWER_LIMIT (64ul << 20)
#define PAGE_LIMIT   200 /* the most that a hub hands out at once by default */
#define ATTEMPTS     3
#define URL_SIZE     512

struct list {
	const char *what; /* users or groups: also the end of the URL */
	const char *cost_centre;
	char source[URL_SIZE];
};

void hub_roster_init(struct hub_roster *roster)
{
	*roster = (struct hub_roster){.rows = {.users = BUFFER_INIT(ROWS_LIMIT),
					      .groups = BUFFER_INIT(ROWS_LIMIT),
					      .members = BUFFER_INIT(ROWS_LIMIT)}};
}

void hub_roster_release(struct hub_roster *roster)
{
	buffer_release(&roster->rows.users);
	buffer_release(&roster->rows.groups);
	buffer_release(&roster->rows.members);
}

static bool is_users(const struct list *list)
{
	return strcmp(list->what, "users") == 0;
}

static uint64_t *count_of(struct hub_roster *roster, const struct list *list)
{
	return is_users(list) ? &roster->rows.n_users : &roster->rows.n_groups;
}

static void forget(struct hub_roster *roster, const struct list *list)
{
	if (is_users(list)) {
		buffer_clear(&roster->rows.users);
	} else {
		buffer_clear(&roster->rows.groups);
		buffer_clear(&roster->rows.members);
		roster->rows.n_members = 0;
	}
	*count_of(roster, list) = 0;
}

static int take_page(struct hub_roster *roster, const struct list *list,
	const struct buffer *answer, struct hub_page *ret)
{
	uint64_t number = *count_of(roster, list) + 1;

	return is_users(list) ? hub_page_users(&roster->rows, list->source, number, answer, ret)
			      : hub_page_groups(&roster->rows, list->source, number,
					list->cost_centre, answer, ret);
}

static int ask(struct hub_roster *roster, struct request *request, const struct list *list,
	uint64_t offset, struct hub_page *ret)
{
	struct buffer answer = BUFFER_INIT(ANSWER_LIMIT);
	char url[URL_SIZE + 64];
	int r;

	(void)snprintf(url, sizeof(url), "%s?offset=%" PRIu64 "&limit=%d", list->source, offset,
		PAGE_LIMIT);
	r = request_get(request, url, &answer);
	if (r < 0)
		(void)snprintf(roster->rows.error, sizeof(roster->rows.error), "%s",
			request_error(request));
	else
		r = take_page(roster, list, &answer, ret);
	buffer_release(&answer);
	return r;
}

/* -EAGAIN: it changed meanwhile. */
static int read_once(struct hub_roster *roster, struct request *request, const struct list *list,
	size_t *ret_pages)
{
	size_t pages = 0;
	struct hub_page page = {.has_next = true};
	uint64_t *count = count_of(roster, list);

	forget(roster, list);
	while (page.has_next) {
		uint64_t offset = page.next_offset, total = page.total;
		int r = ask(roster, request, list, offset, &page);

		if (r < 0)
			return r;
		if (roster->progress)
			roster->progress(list->what, *count, page.total);
		if ((offset && page.total != total) ||
			(page.has_next && page.next_offset <= offset))
			return -EAGAIN;
		pages++;
	}
	if (page.total && page.total != *count)
		return -EAGAIN;

	*ret_pages = pages;
	return 0;
}

static uint32_t fingerprint(const struct hub_rows *rows, const struct list *list)
{
	if (is_users(list))
		return crc32c(0, rows->users.data, rows->users.size);
	return crc32c(crc32c(0, rows->groups.data, rows->groups.size), rows->members.data,
		rows->members.size);
}

/* One who goes and one who comes leave the total as it was: several pages have to come twice. */
static int read_steadily(
	struct hub_roster *roster, struct request *request, const struct list *list)
{
	size_t pages;
	uint32_t before;
	int r = read_once(roster, request, list, &pages);

	if (r < 0 || pages == 1)
		return r;
	before = fingerprint(&roster->rows, list);
	r = read_once(roster, request, list, &pages);
	if (r < 0)
		return r;
	return fingerprint(&roster->rows, list) == before ? 0 : -EAGAIN;
}

static int read_list(struct hub_roster *roster, struct request *request, const struct list *list)
{
	int r = -EAGAIN;

	for (int attempt = 0; attempt < ATTEMPTS && r == -EAGAIN; attempt++)
		r = read_steadily(roster, request, list);
	if (r == -EAGAIN)
		(void)snprintf(roster->rows.error, sizeof(roster->rows.error),
			"%s: the list changes while it is read: try again later", list->source);
	else if (r == -ENOMEM || r == -E2BIG)
		(void)snprintf(roster->rows.error, sizeof(roster->rows.error), "%s: %s",
			list->source, strerror(-r));
	return r;
}

static bool ends_in(const char *text, size_t size, const char *end)
{
	return size >= strlen(end) && memcmp(text + size - strlen(end), end, strlen(end)) == 0;
}

static int list_of(struct list *list, const char *url, const char *what)
{
	size_t size = strlen(url);
	int n;

	while (size && url[size - 1] == '/')
		size--;
	list->what = what;
	n = snprintf(list->source, sizeof(list->source), "%.*s%s/%s", (int)size, url,
		ends_in(url, size, "/hub/api") ? ""
		: ends_in(url, size, "/hub")   ? "/api"
					       : "/hub/api",
		what);
	return n < 0 || (size_t)n >= sizeof(list->source) ? -ENAMETOOLONG : 0;
}

int hub_roster_read(struct hub_roster *roster, struct request *request, const char *url,
	const char *cost_centre)
{
	static const char *const lists[] = {"users", "groups"};
	int r = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && r == 0; i++) {
		struct list list = {.cost_centre = cost_centre};

		r = list_of(&list, url, lists[i]);
		if (r < 0)
			(void)snprintf(roster->rows.error, sizeof(roster->rows.error),
				"the URL is too long");
		else
			r = read_list(roster, request, &list);
	}
	return r;
}
