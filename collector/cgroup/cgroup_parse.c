/* The order of lines is not stable between kernels, so keys are looked for. */
#include "collector/cgroup/cgroup_parse.h"

#include <errno.h>
#include <string.h>

#include "collector/proc/proc_parse.h"

int cgroup_parse_number(const char *data, size_t size, uint64_t *ret)
{
	if (size == 0 || data[size - 1] != '\n')
		return -EBADMSG;
	return proc_parse_u64(data, size - 1, ret) < 0 ? -EBADMSG : 0;
}

int cgroup_parse_key(const char *data, size_t size, const char *key, uint64_t *ret)
{
	const char *end = data + size;
	size_t key_size = strlen(key);

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		if (!newline)
			return -EBADMSG;
		if ((size_t)(newline - data) > key_size && memcmp(data, key, key_size) == 0 &&
			data[key_size] == ' ')
			return cgroup_parse_number(
				data + key_size + 1, (size_t)(newline - data) - key_size, ret);
		data = newline + 1;
	}
	return -EBADMSG;
}
