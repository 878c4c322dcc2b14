/* name:password:uid:... */
#include "collector/source/passwd.h"

#include <string.h>

#include "collector/proc/proc_parse.h"

static bool parse(const char *line, const char *end, struct passwd_account *ret)
{
	const char *name = memchr(line, ':', (size_t)(end - line));
	const char *password = name ? memchr(name + 1, ':', (size_t)(end - name - 1)) : NULL;
	const char *number =
		password ? memchr(password + 1, ':', (size_t)(end - password - 1)) : NULL;

	if (!number || name == line ||
		proc_parse_u64(password + 1, (size_t)(number - password - 1), &ret->uid) < 0)
		return false;
	ret->name = line;
	ret->name_size = (size_t)(name - line);
	return true;
}

bool passwd_next(const char **at, const char *end, struct passwd_account *ret)
{
	bool is_account = false;

	while (*at < end && !is_account) {
		const char *newline = memchr(*at, '\n', (size_t)(end - *at));

		is_account = parse(*at, newline ? newline : end, ret);
		*at = newline ? newline + 1 : end;
	}
	return is_account;
}

bool passwd_name(const char *passwd, size_t size, uint32_t uid, const char **ret, size_t *ret_size)
{
	struct passwd_account account;
	const char *at = passwd;

	while (passwd_next(&at, passwd + size, &account)) {
		if (account.uid != uid)
			continue;
		*ret = account.name;
		*ret_size = account.name_size;
		return true;
	}
	return false;
}
