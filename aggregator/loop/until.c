/* Read once; asked when a partition is given to us. */
#include "aggregator/loop/until.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "hubmeter/cleanup.h"

/* A blank and a number at *@at, which moves behind them. */
static bool next_number(const char **at, int64_t most, int64_t *ret)
{
	char *end;

	if ((*at)[0] != ' ' || (*at)[1] < '0' || (*at)[1] > '9')
		return false;
	errno = 0;
	*ret = strtoll(*at + 1, &end, 10);
	*at = end;
	return errno == 0 && *ret <= most;
}

static int add_line(struct until *until, const char *line)
{
	const char *rest = strchr(line, ' ');
	struct until_partition at;
	int64_t partition;

	if (!rest || (size_t)(rest - line) >= sizeof(at.topic))
		return -EBADMSG;
	memcpy(at.topic, line, (size_t)(rest - line));
	at.topic[rest - line] = '\0';
	if (!next_number(&rest, INT32_MAX, &partition) ||
		!next_number(&rest, INT64_MAX, &at.offset) ||
		(*rest != '\0' && strcmp(rest, "\n") != 0))
		return -EBADMSG;
	at.partition = (int32_t)partition;
	if (array_make_room(&until->at, until->count, &until->capacity, sizeof(at), 16) < 0)
		return -ENOMEM;
	until->at[until->count++] = at;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct until_partition *one = a, *other = b;
	const int order = strcmp(one->topic, other->topic);

	if (order != 0)
		return order;
	return (one->partition > other->partition) - (one->partition < other->partition);
}

int until_load(const char *path, struct until *ret)
{
	hm_cleanup(hm_fclosep) FILE *file = NULL;
	hm_cleanup(hm_freep) char *line = NULL;
	struct until until = {.count = 0};
	size_t capacity = 0;
	int r = 0;

	*ret = until;
	if (!*path)
		return 0;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (array_make_room(&until.at, 0, &until.capacity, sizeof(*until.at), 16) < 0)
		return -ENOMEM;
	while (r == 0 && getline(&line, &capacity, file) >= 0)
		r = add_line(&until, line);
	if (r == 0 && ferror(file))
		r = -EIO;
	if (r < 0) {
		until_release(&until);
		return r;
	}
	qsort(until.at, until.count, sizeof(*until.at), compare);
	*ret = until;
	return 0;
}

void until_release(struct until *until)
{
	free(until->at);
	*until = (struct until){.at = NULL};
}

int64_t until_offset(const struct until *until, const char *topic, int32_t partition)
{
	struct until_partition key = {.partition = partition};
	const struct until_partition *found;

	if (!until->at)
		return INT64_MAX;
	(void)snprintf(key.topic, sizeof(key.topic), "%s", topic); /* longer ones are not there */
	found = bsearch(&key, until->at, until->count, sizeof(key), compare);
	return found ? found->offset : 0;
}
