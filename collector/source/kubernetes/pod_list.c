/* A node has a few hundred pods at most, and looks for those alone that it does not know yet. */
#include "collector/source/kubernetes/pod_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

void pod_release(struct pod *pod)
{
	free(pod->user);
	free(pod->server);
	free(pod->tag);
	*pod = (struct pod){.uid = ""};
}

static int make_room(struct pod_list *list)
{
	if (list->n == POD_LIST_MAX)
		return -E2BIG;
	return array_make_room(&list->pod, list->n, &list->max, sizeof(*list->pod), 64);
}

int pod_list_add(struct pod_list *list, struct pod *pod)
{
	int r = make_room(list);

	if (r < 0) {
		pod_release(pod);
		return r;
	}
	list->pod[list->n++] = *pod;
	*pod = (struct pod){.uid = ""};
	return 0;
}

const struct pod *pod_list_find(const struct pod_list *list, const char *uid)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->pod[i].uid, uid) == 0)
			return &list->pod[i];
	for (size_t i = 0; i < list->n; i++)
		if (*uid && strcmp(list->pod[i].hash, uid) == 0)
			return &list->pod[i];
	return NULL;
}

void pod_list_release(struct pod_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		pod_release(&list->pod[i]);
	free(list->pod);
	*list = (struct pod_list){0};
}
