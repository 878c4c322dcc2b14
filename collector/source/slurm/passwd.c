/* A file and not the library's functions, which may ask a network. */
#include "collector/source/slurm/passwd.h"

#include <string.h>

#include "collector/proc/proc_parse.h"

/* name:password:uid:... */
static bool is_of(const char *line, const char *end, uint32_t uid, size_t *ret_size)
{
	const char *name = memchr(line, ':', (size_t)(end - line));
	const char *password = name ? memchr(name + 1, ':', (size_t)(end - name - 1)) : NULL;
	const char *number =
		password ? memchr(password + 1, ':', (size_t)(end - password - 1)) : NULL;
	uint64_t value;

	if (!number || name == line ||
		proc_parse_u64(password + 1, (size_t)(number - password - 1), &value) < 0 ||
		value != uid)
		return false;
	*ret_size = (size_t)(name - line);
	return true;
}

bool passwd_name(const char *passwd, size_t size, uint32_t uid, const char **ret, size_t *ret_size)
{
	const char *at = passwd, *end = passwd + size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (is_of(at, newline ? newline : end, uid, ret_size)) {
			*ret = at;
			return true;
		}
		at = newline ? newline + 1 : end;
	}
	return false;
}
