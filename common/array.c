/* The pointer is of the owner's type, so it is copied and not looked at through another one. */
#include "common/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int array_make_room(void *array, size_t count, size_t *capacity, size_t element_size, size_t first)
{
	size_t more = *capacity ? 2 * *capacity : first;
	void *elements;

	if (count < *capacity)
		return 0;
	memcpy(&elements, array, sizeof(elements));
	elements = reallocarray(elements, more, element_size);
	if (!elements)
		return -ENOMEM;
	memcpy(array, &elements, sizeof(elements));
	*capacity = more;
	return 0;
}
