/* Whose clock to believe is apart from what is done with the answer. */
#include "aggregator/retry/judge.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/redate.h"

struct record_time judge_time(const struct store_quarantined *message, int64_t shift_usec)
{
	if (message->written.clock == RECORD_CLOCK_BROKER ||
		(message->written.clock == RECORD_CLOCK_PRODUCER && shift_usec == 0))
		return message->written;
	return (struct record_time){RECORD_CLOCK_BROKER, message->received_usec};
}

int judge_redate(struct store_quarantined *message, int64_t shift_usec)
{
	struct hm_date date;
	uint8_t *payload;
	int64_t start;

	if (hm_date_read(message->payload, message->payload_size, &date) < 0 ||
		__builtin_add_overflow(date.window_start_usec, shift_usec, &start) || start < 0)
		return -EBADMSG;
	payload = realloc(message->payload, message->payload_size + HM_REDATE_SIZE);
	if (!payload)
		return -ENOMEM;
	message->payload = payload;
	message->payload_size += hm_date_append(start, payload + message->payload_size);
	return 0;
}
