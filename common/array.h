/*
 * Arrays that grow. Their owners keep pointer, count and capacity where they are used:
 *
 *	if (array_make_room(&list->item, list->n, &list->max, sizeof(*list->item), 16) < 0)
 *		return -ENOMEM;
 *	list->item[list->n++] = item;
 */
#ifndef COMMON_ARRAY_H
#define COMMON_ARRAY_H

#include <stddef.h>

/*
 * Room for one more than @count: of none becomes @first, else twice as much. @array: the address of
 * the pointer, which stays as it is, and so does *@capacity, on -ENOMEM.
 */
int array_make_room(void *array, size_t count, size_t *capacity, size_t element_size, size_t first);

#endif
