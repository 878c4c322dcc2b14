/* Longest match is not needed: the order of the templates says which reading is meant. */
#include "collector/source/systemd/unit.h"

#include <string.h>

#define PLACEHOLDER "{USERNAME}"
#define SUFFIX	    ".service"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xNN are bytes; a backslash before anything else is itself. */
static size_t unescape(const char *data, size_t size, char *copy)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		bool is_escape = size - i >= 4 && data[i] == '\\' && data[i + 1] == 'x' &&
				 digit(data[i + 2]) >= 0 && digit(data[i + 3]) >= 0;
		int byte = is_escape ? digit(data[i + 2]) * 16 + digit(data[i + 3]) : 0;

		if (byte == 0) {
			copy[n++] = data[i];
			continue;
		}
		copy[n++] = (char)byte;
		i += 3;
	}
	return n;
}

static bool ends_with(const char *data, size_t size, const char *suffix, size_t suffix_size)
{
	return size >= suffix_size && memcmp(data + size - suffix_size, suffix, suffix_size) == 0;
}

/* What of @name of @size bytes stands for the user in the template; false: does not fit. */
static bool match(const char *template, size_t template_size, const char *name, size_t size,
	const char **ret, size_t *ret_size)
{
	const char *hole = memmem(template, template_size, PLACEHOLDER, strlen(PLACEHOLDER));
	size_t before, after;

	if (!hole)
		return false;
	before = (size_t)(hole - template);
	after = template_size - before - strlen(PLACEHOLDER);
	if (size <= before + after || memcmp(name, template, before) != 0 ||
		!ends_with(name, size, hole + strlen(PLACEHOLDER), after))
		return false;
	*ret = name + before;
	*ret_size = size - before - after;
	return true;
}

bool unit_user(
	const char *templates, const char *name, char user[UNIT_NAME_MAX + 1], size_t *ret_size)
{
	size_t size = strlen(name);

	if (size > UNIT_NAME_MAX || !ends_with(name, size, SUFFIX, strlen(SUFFIX)))
		return false;
	size -= strlen(SUFFIX);
	while (*(templates += strspn(templates, " ")) != '\0') {
		size_t length = strcspn(templates, " "), part_size;
		size_t whole = ends_with(templates, length, SUFFIX, strlen(SUFFIX))
				       ? length - strlen(SUFFIX)
				       : length;
		const char *part;

		if (match(templates, whole, name, size, &part, &part_size)) {
			*ret_size = unescape(part, part_size, user);
			return true;
		}
		templates += length;
	}
	return false;
}
