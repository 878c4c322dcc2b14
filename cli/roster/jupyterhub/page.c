/* What a hub says of people may be anything: every part is looked at before it is believed. */
#include "cli/roster/jupyterhub/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/format/copy_text.h"
#include "hubmeter/cleanup.h"

struct reading {
	struct hub_rows *rows;
	const char *source;
	const char *cost_centre; /* name of the property */
	unsigned number;	 /* of the item */
};

typedef int item_fn(struct reading *reading, const json_t *item);

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static int fail(const struct reading *reading, const char *reason)
{
	(void)snprintf(reading->rows->error, sizeof(reading->rows->error), "%s: item %u: %s",
		reading->source, reading->number, reason);
	return -EBADMSG;
}

/* A row of up to two cells; @second NULL: one. */
static int put_row(
	const struct reading *reading, struct buffer *copy, const char *first, const char *second)
{
	int r = copy_text_field(copy, reading->source);

	if (r == 0)
		r = copy_text_number(copy, reading->number);
	if (r == 0)
		r = copy_text_field(copy, first);
	if (r == 0 && second)
		r = copy_text_field(copy, second);
	if (r == 0)
		copy_text_end(copy);
	return r;
}

static const char *name_of(const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "name"));

	return name && *name ? name : NULL;
}

static int take_user(struct reading *reading, const json_t *item)
{
	const char *name = name_of(item);

	if (!name)
		return fail(reading, "a user without a name");
	reading->rows->n_users++;
	return put_row(reading, &reading->rows->users, name, NULL);
}

/* The property as text; numbers are written as they are. Negative: it is neither. */
static int cost_centre_of(
	const struct reading *reading, const json_t *item, char *text, size_t size)
{
	const json_t *value =
		json_object_get(json_object_get(item, "properties"), reading->cost_centre);

	*text = '\0';
	if (!value || json_is_null(value))
		return 0;
	if (json_is_integer(value))
		(void)snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (!json_is_string(value) || json_string_length(value) >= size)
		return fail(reading, "the property of the cost centre is no short text");
	else
		(void)snprintf(text, size, "%s", json_string_value(value));
	return 0;
}

static int take_members(struct reading *reading, const char *group, const json_t *users)
{
	const json_t *user;
	size_t i;

	json_array_foreach(users, i, user)
	{
		const char *name = json_string_value(user);
		int r;

		if (!name || !*name)
			return fail(reading, "a member without a name");
		r = put_row(reading, &reading->rows->members, group, name);
		if (r < 0)
			return r;
		reading->rows->n_members++;
	}
	return 0;
}

static int take_group(struct reading *reading, const json_t *item)
{
	const json_t *users = json_object_get(item, "users");
	const char *name = name_of(item);
	char cost_centre[256];
	int r;

	if (!name)
		return fail(reading, "a group without a name");
	if (!json_is_array(users))
		return fail(
			reading, "a group without users: the token needs the scope read:groups");
	r = cost_centre_of(reading, item, cost_centre, sizeof(cost_centre));
	if (r == 0)
		r = put_row(reading, &reading->rows->groups, name, cost_centre);
	if (r < 0)
		return r;
	reading->rows->n_groups++;
	return take_members(reading, name, users);
}

static int take_items(struct reading *reading, const json_t *items, item_fn *take)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		int r = take(reading, item);

		if (r < 0)
			return r;
		reading->number++;
	}
	return 0;
}

static struct hub_page page_of(const json_t *answer)
{
	const json_t *pagination = json_object_get(answer, "_pagination");
	const json_t *next = json_object_get(json_object_get(pagination, "next"), "offset");
	json_int_t offset = json_integer_value(next);
	json_int_t total = json_integer_value(json_object_get(pagination, "total"));

	return (struct hub_page){.has_next = json_is_integer(next) && offset >= 0,
		.next_offset = offset > 0 ? (uint64_t)offset : 0,
		.total = total > 0 ? (uint64_t)total : 0};
}

static int take_page(
	struct reading *reading, const struct buffer *data, item_fn *take, struct hub_page *ret)
{
	json_error_t problem;
	hm_cleanup(json_freep) json_t *answer =
		json_loadb((const char *)data->data, data->size, JSON_REJECT_DUPLICATES, &problem);
	const json_t *items = json_is_array(answer) ? answer : json_object_get(answer, "items");
	int r;

	if (!answer) {
		(void)snprintf(reading->rows->error, sizeof(reading->rows->error),
			"%s: not JSON: %s", reading->source, problem.text);
		return -EBADMSG;
	}
	if (!json_is_array(items)) {
		(void)snprintf(reading->rows->error, sizeof(reading->rows->error),
			"%s: neither a list nor a page of one: is it a JupyterHub?",
			reading->source);
		return -EBADMSG;
	}
	r = take_items(reading, items, take);
	if (r == 0)
		*ret = page_of(answer);
	return r;
}

int hub_page_users(struct hub_rows *rows, const char *source, uint64_t number,
	const struct buffer *data, struct hub_page *ret)
{
	struct reading reading = {.rows = rows, .source = source, .number = (unsigned)number};

	return take_page(&reading, data, take_user, ret);
}

int hub_page_groups(struct hub_rows *rows, const char *source, uint64_t number,
	const char *cost_centre, const struct buffer *data, struct hub_page *ret)
{
	struct reading reading = {.rows = rows,
		.source = source,
		.cost_centre = cost_centre,
		.number = (unsigned)number};

	return take_page(&reading, data, take_group, ret);
}

const char *hub_page_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "jansson %s", jansson_version_str()); /* fits */
	return text;
}
