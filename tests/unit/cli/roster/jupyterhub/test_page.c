/* Answers of a hub, and what comes of them row by row. */
#include "cli/roster/jupyterhub/page.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct example {
	const char *title;
	const char *answer;
	bool is_groups;
	int r;
	const char *rows;  /* of users, or of groups and members */
	const char *error; /* a part of it */
};

#define PAGED(items) "{\"items\": [" items "], \"_pagination\": {\"next\": null, \"total\": 9}}"

static const struct example examples[] = {
	{"users", PAGED("{\"name\": \"ada\", \"x\": [1]}, {\"name\": \"b\\\\en\"}"), false, 0,
		"u\t3\tada\nu\t4\tb\\\\en\n", NULL},
	{"a bare list", "[{\"name\": \"ada\"}]", false, 0, "u\t3\tada\n", NULL},
	{"nobody", PAGED(""), false, 0, "", NULL},
	{"groups", PAGED("{\"name\": \"g\", \"users\": [\"ada\", \"ben\"]}"), true, 0,
		"u\t3\tg\t\\N\n|u\t3\tg\tada\nu\t3\tg\tben\n", NULL},
	{"a department",
		PAGED("{\"name\": \"g\", \"users\": [], \"properties\": {\"cc\": \"phys\"}}"), true,
		0, "u\t3\tg\tphys\n|", NULL},
	{"a number", PAGED("{\"name\": \"g\", \"users\": [], \"properties\": {\"cc\": 4711}}"),
		true, 0, "u\t3\tg\t4711\n|", NULL},
	{"null", PAGED("{\"name\": \"g\", \"users\": [], \"properties\": {\"cc\": null}}"), true, 0,
		"u\t3\tg\t\\N\n|", NULL},
	{"a list for a department",
		PAGED("{\"name\": \"g\", \"users\": [], \"properties\": {\"cc\": []}}"), true,
		-EBADMSG, "|", "item 3: the property of the cost centre is no short text"},
	{"no users", PAGED("{\"name\": \"g\"}"), true, -EBADMSG, "|", "read:groups"},
	{"no name", PAGED("{\"name\": \"ada\"}, {\"name\": \"\"}"), false, -EBADMSG, "u\t3\tada\n",
		"item 4: a user without a name"},
	{"a member who is no text", PAGED("{\"name\": \"g\", \"users\": [null]}"), true, -EBADMSG,
		"u\t3\tg\t\\N\n|", "item 3: a member without a name"},
	{"no JSON", "<html>", false, -EBADMSG, "", "not JSON"},
	{"cut off", "{\"items\": [", false, -EBADMSG, "", "not JSON"},
	{"no list", "{\"items\": 5}", false, -EBADMSG, "", "is it a JupyterHub?"},
	{"a number alone", "5", false, -EBADMSG, "", "not JSON"},
	{"a name given twice", "[{\"name\": \"a\", \"name\": \"b\"}]", false, -EBADMSG, "",
		"not JSON"},
};

static void rows_init(struct hub_rows *rows)
{
	*rows = (struct hub_rows){.users = BUFFER_INIT(4096),
		.groups = BUFFER_INIT(4096),
		.members = BUFFER_INIT(4096)};
}

static void rows_release(struct hub_rows *rows)
{
	buffer_release(&rows->users);
	buffer_release(&rows->groups);
	buffer_release(&rows->members);
}

static int read_page(
	struct hub_rows *rows, const char *answer, bool is_groups, struct hub_page *ret)
{
	struct buffer data = BUFFER_INIT(4096);
	int r;

	assert_int_equal(buffer_append(&data, answer, strlen(answer)), 0);
	r = is_groups ? hub_page_groups(rows, "u", 3, "cc", &data, ret)
		      : hub_page_users(rows, "u", 3, &data, ret);
	buffer_release(&data);
	return r;
}

static void check(const struct example *example)
{
	struct hub_rows rows;
	struct hub_page page = {0};
	char text[8192];

	rows_init(&rows);
	assert_int_equal(read_page(&rows, example->answer, example->is_groups, &page), example->r);
	if (example->is_groups)
		(void)snprintf(text, sizeof(text), "%.*s|%.*s", (int)rows.groups.size,
			rows.groups.size ? (const char *)rows.groups.data : "",
			(int)rows.members.size,
			rows.members.size ? (const char *)rows.members.data : "");
	else
		(void)snprintf(text, sizeof(text), "%.*s", (int)rows.users.size,
			rows.users.size ? (const char *)rows.users.data : "");
	assert_string_equal(text, example->rows);
	if (example->error)
		assert_non_null(strstr(rows.error, example->error));
	rows_release(&rows);
}

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		print_message("%s\n", examples[i].title);
		check(&examples[i]);
	}
}

static void test_next_page(void **state)
{
	struct hub_rows rows;
	struct hub_page page;

	(void)state;
	rows_init(&rows);
	assert_int_equal(read_page(&rows,
				 "{\"items\": [], \"_pagination\": {\"total\": 412, \"next\": "
				 "{\"offset\": 200, \"limit\": 200}}}",
				 false, &page),
		0);
	assert_true(page.has_next);
	assert_int_equal(page.next_offset, 200);
	assert_int_equal(page.total, 412);
	assert_int_equal(read_page(&rows,
				 "{\"items\": [], \"_pagination\": {\"total\": -1, \"next\": "
				 "{\"offset\": -200}}}",
				 false, &page),
		0);
	assert_false(page.has_next);
	assert_int_equal(page.total, 0);
	rows_release(&rows);
}

static void test_no_room(void **state)
{
	struct hub_rows rows;
	struct hub_page page;

	(void)state;
	rows_init(&rows);
	rows.users.limit = 8;
	assert_int_equal(read_page(&rows, "[{\"name\": \"ada lovelace\"}]", false, &page), -E2BIG);
	rows_release(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_next_page),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
