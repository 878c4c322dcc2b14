#include "dashboard/store/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX (64u << 10)

/* Length of what no name stands in: a literal, a comment, or one other character. */
static size_t plain_size(const char *sql)
{
	const char *end = NULL;

	if (*sql == '\'')
		end = strchr(sql + 1, '\'');
	else if (strncmp(sql, "--", 2) == 0)
		end = strchr(sql, '\n');
	return end ? (size_t)(end - sql) + 1 : 1;
}

static int add_text(struct query *query, const char *text, size_t size)
{
	return buffer_append(&query->text, text, size);
}

/* The number of the value of filter @name, from 1. */
static int number_of(struct query *query, int known[FILTER_COUNT], const struct filter *filter,
	enum filter_name name)
{
	if (!known[name]) {
		query->value[query->n_values++] = filter->value[name];
		known[name] = query->n_values;
	}
	return known[name];
}

static int bind_all(struct query *query, const char *sql, const struct filter *filter)
{
	int known[FILTER_COUNT] = {0};
	int r = 0;

	while (*sql && r == 0) {
		size_t size = plain_size(sql);
		enum filter_name name;
		char number[16];

		if (strncmp(sql, ":'", 2) != 0) {
			r = add_text(query, sql, size);
			sql += size;
			continue;
		}
		size = strcspn(sql + 2, "'");
		name = filter_find(sql + 2, size);
		if (name == FILTER_COUNT || !sql[2 + size])
			return -EINVAL;
		(void)snprintf(
			number, sizeof(number), "$%d", number_of(query, known, filter, name));
		r = add_text(query, number, strlen(number));
		sql += size + 3;
	}
	return r;
}

int query_bind(const char *sql, const struct filter *filter, size_t rows_max, struct query *ret)
{
	char limit[40];
	int r;

	*ret = (struct query){.text = BUFFER_INIT(TEXT_MAX)};
	r = bind_all(ret, sql, filter);
	if (r < 0)
		return r;
	(void)snprintf(limit, sizeof(limit), "\nLIMIT %zu", rows_max);
	return add_text(ret, limit, strlen(limit) + 1);
}

void query_release(struct query *query)
{
	buffer_release(&query->text);
}
