/* A batch that can't be read is sent as it is: whoever receives it says what is wrong with it. */
#include "collector/publish/date.h"

#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "proto/redate.h"

#define BATCH_MAX_SIZE ((size_t)64 << 20)

void dater_init(struct dater *dater, const struct clock *clock, const uint8_t *boot_id)
{
	*dater = (struct dater){.clock = clock, .bytes = BUFFER_INIT(BATCH_MAX_SIZE)};
	if (clock)
		memcpy(dater->boot_id, boot_id, HM_BOOT_ID_SIZE);
}

void dater_release(struct dater *dater)
{
	buffer_release(&dater->bytes);
}

bool dater_is_clock_set(const struct dater *dater)
{
	return !dater->clock || clock_realtime_usec(dater->clock) >= DATE_WRITTEN_USEC;
}

/* How much later than it says the window was, by the clock as it is now; 0: it is right. */
static int64_t late_usec(const struct dater *dater, const struct hm_date *date)
{
	int64_t booted_usec, late;

	if (date->window_end_boottime_usec == 0 ||
		memcmp(date->boot_id, dater->boot_id, HM_BOOT_ID_SIZE) != 0)
		return 0;
	booted_usec = clock_realtime_usec(dater->clock) - clock_boottime_usec(dater->clock);
	if (__builtin_add_overflow(booted_usec, date->window_end_boottime_usec, &late) ||
		__builtin_sub_overflow(late, date->window_end_usec, &late))
		return 0;
	return clock_is_step(late) ? late : 0;
}

/* Once for each time that the clock was set. */
static void note_late(struct dater *dater, uint64_t sequence, int64_t late)
{
	if (dater->said_usec == 0 || clock_is_step(late - dater->said_usec))
		log_event(LOG_PRIORITY_NOTICE, "windows_dated_anew",
			"from_sequence=%" PRIu64 " later_usec=%" PRId64
			" reason=\"the clock was set after they were spooled\"",
			sequence, late);
	dater->said_usec = late;
}

static int append_date(
	struct dater *dater, const void *batch, size_t size, int64_t window_start_usec)
{
	uint8_t bytes[HM_REDATE_SIZE];
	size_t n = hm_date_append(window_start_usec, bytes);
	int r;

	buffer_clear(&dater->bytes);
	r = buffer_append(&dater->bytes, batch, size);
	return r < 0 ? r : buffer_append(&dater->bytes, bytes, n);
}

int64_t dater_date(struct dater *dater, uint64_t sequence, const void **batch, size_t *size)
{
	struct hm_date date;
	int64_t late, start;

	if (!dater->clock || hm_date_read(*batch, *size, &date) < 0)
		return 0;
	late = late_usec(dater, &date);
	if (late == 0 || __builtin_add_overflow(date.window_start_usec, late, &start) ||
		append_date(dater, *batch, *size, start) < 0)
		return date.window_end_usec;
	note_late(dater, sequence, late);
	*batch = dater->bytes.data;
	*size = dater->bytes.size;
	return date.window_end_usec + late;
}
