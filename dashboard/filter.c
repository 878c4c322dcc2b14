/* One row for each filter: what it is called and what it may look like. */
#include "dashboard/filter.h"

#include <string.h>

#define VALUE_MAX 512 /* bytes */

const char *const filter_names[FILTER_COUNT] = {
	[FILTER_INSTITUTION] = "institution",
	[FILTER_MONTH] = "month",
	[FILTER_UNIT] = "unit",
	[FILTER_HUB] = "hub",
	[FILTER_PERSON] = "person",
	[FILTER_USERNAME] = "username",
	[FILTER_GROUP] = "group",
	[FILTER_FUND] = "fund",
	[FILTER_RESOURCE] = "resource",
	[FILTER_DAY] = "day",
	[FILTER_LINE] = "line",
	[FILTER_SUBJECT] = "subject",
};

/* 9 stands for any digit, all else for itself. */
static bool has_shape(const char *value, const char *shape)
{
	for (; *shape; value++, shape++) {
		if (*shape == '9' ? *value < '0' || *value > '9' : *value != *shape)
			return false;
	}
	return !*value;
}

static bool is_in(const char *digits, const char *first, const char *last)
{
	return strncmp(digits, first, 2) >= 0 && strncmp(digits, last, 2) <= 0;
}

static bool is_number(const char *value)
{
	return strspn(value, "0123456789") == strlen(value) && strlen(value) <= 18;
}

static bool is_right(enum filter_name name, const char *value)
{
	switch (name) {
	case FILTER_MONTH:
		return has_shape(value, "9999-99") && strncmp(value, "0001", 4) >= 0 &&
		       is_in(value + 5, "01", "12");
	case FILTER_DAY:
		return has_shape(value, "9999-99-99") && strncmp(value, "0001", 4) >= 0 &&
		       is_in(value + 5, "01", "12") && is_in(value + 8, "01", "31");
	case FILTER_LINE:
		return is_number(value);
	default:
		return strlen(value) <= VALUE_MAX;
	}
}

bool filter_read(const struct request *request, struct filter *ret, const char **ret_wrong)
{
	struct filter filter = {.value[FILTER_SUBJECT] = ""};

	for (int i = 0; i < FILTER_IN_URL_COUNT; i++) {
		const char *value = request_argument(request, filter_names[i], "");

		if (*value && !is_right((enum filter_name)i, value)) {
			*ret_wrong = filter_names[i];
			return false;
		}
		filter.value[i] = value;
	}
	*ret = filter;
	return true;
}

enum filter_name filter_find(const char *name, size_t size)
{
	int i = 0;

	while (i < FILTER_COUNT &&
		(strlen(filter_names[i]) != size || memcmp(filter_names[i], name, size) != 0))
		i++;
	return (enum filter_name)i;
}

void filter_print_arguments(struct html *html, const struct filter *filter)
{
	html_print(html, "?");
	for (int i = 0; i < FILTER_IN_URL_COUNT; i++) {
		if (filter->value[i] && *filter->value[i])
			html_argument(html, filter_names[i], filter->value[i]);
	}
}

void filter_print_link(struct html *html, const char *page, const struct filter *filter)
{
	/* The page without a name is the folder itself: an empty link would be this page. */
	html_print(html, "%s", *page ? page : "./");
	filter_print_arguments(html, filter);
}
