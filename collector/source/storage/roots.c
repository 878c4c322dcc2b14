/* Words, so that a list of directories is one option. */
#include "collector/source/storage/roots.h"

#include <errno.h>
#include <string.h>

bool roots_get(const char *roots, uint32_t number, const char **ret, size_t *ret_size)
{
	for (uint32_t i = 0;; i++) {
		size_t size;

		roots += strspn(roots, " ");
		size = strcspn(roots, " ");
		if (size == 0)
			return false;
		if (i == number) {
			while (size > 1 && roots[size - 1] == '/')
				size--;
			*ret = roots;
			*ret_size = size;
			return true;
		}
		roots += size;
	}
}

int roots_count(const char *roots)
{
	const char *root;
	uint32_t n = 0;
	size_t size;

	for (; roots_get(roots, n, &root, &size); n++) {
		if (*root != '/')
			return -EINVAL;
		if (n == ROOTS_MAX)
			return -E2BIG;
	}
	return (int)n;
}
