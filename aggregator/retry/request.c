/* Text to numbers, with words for what is wrong. */
#include "aggregator/retry/request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/options/options.h"

/* One number at *@at, which moves behind it and its comma. */
static bool next_id(const char **at, int64_t *ret)
{
	const char *text = *at;
	int64_t id = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(id, 10, &id) ||
			__builtin_add_overflow(id, *text - '0', &id))
			return false;
	if (*text != '\0' && (*text != ',' || text[1] == '\0'))
		return false;
	*at = *text ? text + 1 : text;
	*ret = id;
	return id > 0;
}

static int parse_ids(const char *text, struct request *request)
{
	size_t capacity = 0;
	int64_t id;

	while (*text) {
		if (!next_id(&text, &id))
			return -EINVAL;
		if (array_make_room(
			    &request->id, request->n_ids, &capacity, sizeof(*request->id), 16) < 0)
			return -ENOMEM;
		request->id[request->n_ids++] = id;
	}
	return 0;
}

static int parse_shift(const char *text, int64_t *ret)
{
	int64_t usec;

	if (*text != '+' && *text != '-')
		return -EINVAL;
	if (option_parse_duration(text + 1, &usec) < 0 || usec == 0 ||
		usec > REQUEST_MAX_SHIFT_USEC)
		return -EINVAL;
	*ret = *text == '-' ? -usec : usec;
	return 0;
}

static int parse(const char *ids, const char *shift, const char *reason, struct request *request,
	const char **ret_fault)
{
	int r;

	*ret_fault = "option \"retry_quarantine\": not numbers of messages, separated by commas";
	r = parse_ids(ids, request);
	if (r < 0)
		return r;
	*ret_fault = "option \"retry_shift\": not + or - and a time, as -3d or +90m, of at most "
		     "100 years";
	if (*shift && parse_shift(shift, &request->shift_usec) < 0)
		return -EINVAL;
	*ret_fault = "option \"retry_shift\": needs retry_reason: it is kept why they are dated "
		     "anew";
	request->reason = reason[strspn(reason, " \t")] ? reason : NULL;
	return request->shift_usec && !request->reason ? -EINVAL : 0;
}

int request_parse(const char *ids, const char *shift, const char *reason, struct request *ret,
	const char **ret_fault)
{
	struct request request = {.n_ids = 0};
	const char *fault;
	int r = parse(ids, shift, reason, &request, ret_fault ? ret_fault : &fault);

	if (r < 0)
		request_release(&request);
	else
		*ret = request;
	return r;
}

void request_release(struct request *request)
{
	free(request->id);
	*request = (struct request){.id = NULL};
}
