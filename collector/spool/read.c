/* Reading records back in order, and forgetting them once they are acknowledged or refused. */
#include "collector/spool/spool.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "collector/spool/aside.h"
#include "collector/spool/recover.h"
#include "collector/spool/refused.h"

#define SENT_AHEAD 15

/* First sequence of the segment behind the one being read, UINT64_MAX: that is the newest. */
static uint64_t following_segment(const struct spool *spool, uint64_t first)
{
	for (size_t i = 0; i < spool->segments.count; i++) {
		if (spool->segments.first[i] > first)
			return spool->segments.first[i];
	}
	return UINT64_MAX;
}

/* The newest one is written to: what is wrong with it shows there. */
static bool is_newest(const struct spool *spool, uint64_t first)
{
	return following_segment(spool, first) == UINT64_MAX;
}

/* A segment that can't be opened is set aside, and 1 is returned: look for another one. */
static int open_segment(struct spool *spool, uint64_t first)
{
	int r = segment_reader_open(&spool->reader, spool->dirfd, first);

	if (r >= 0 || is_newest(spool, first))
		return r;
	r = spool_set_aside(spool, first, r);
	return r < 0 ? r : 1;
}

/* Go on to the next segment. What was left behind in this one is damage. */
static int read_on(struct spool *spool)
{
	struct segment_reader *reader = &spool->reader;
	uint64_t rest = 0;
	int r;

	(void)segment_reader_rest(reader, &rest); /* of one that can't be read there is none */
	do {
		r = open_segment(spool, following_segment(spool, reader->first));
	} while (r > 0);
	if (r < 0)
		return r;
	if (rest > 0) {
		reader->n_damaged++;
		reader->damaged_bytes += rest;
	}
	return 0;
}

/* Open the segment that holds the first record that is not acknowledged. */
static int read_from_acked(struct spool *spool)
{
	const struct segment_list *list = &spool->segments;
	int r;

	do {
		size_t i = list->count;

		if (i == 0)
			return -ENOENT;
		do {
			i--;
		} while (i > 0 && list->first[i] > spool->cursor.sequence + 1);
		r = open_segment(spool, list->first[i]);
	} while (r > 0);
	return r;
}

/* The next record of the segment that is open. One that can't be read has no further one. */
static int read_segment(struct spool *spool, bool newest, struct spool_record *ret)
{
	struct segment_reader *reader = &spool->reader;
	int r = segment_reader_next(reader, following_segment(spool, reader->first),
		newest ? spool->size : UINT64_MAX, ret);

	if (r >= 0 || newest)
		return r;
	return spool_set_aside(spool, reader->first, r);
}

void spool_note_sent(struct spool *spool, uint64_t sequence)
{
	if (sequence <= spool->sent.sequence && !spool->is_sent_unnoted)
		return;
	spool->is_sent_unnoted = spool_cursor_store(&spool->sent, sequence + SENT_AHEAD) < 0;
	if (spool->is_sent_unnoted)
		spool->sent.sequence = sequence; /* so that the next one tries again */
	else if (spool->config.sync)
		(void)fdatasync(spool->sent.fd); /* after a power cut all counts as sent */
}

int spool_next(struct spool *spool, struct spool_record *ret)
{
	int r;

	if (spool->is_unfinished)
		return -EIO;
	if (spool->reader.fd < 0) {
		r = read_from_acked(spool);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
	}
	for (;;) {
		bool newest = is_newest(spool, spool->reader.first);

		r = read_segment(spool, newest, ret);
		if (r < 0)
			return r;
		if (r > 0 && ret->sequence > spool->cursor.sequence &&
			!spool_is_merged_away(&spool->identity.merged, ret->sequence)) {
			spool_note_sent(spool, ret->sequence);
			spool->n_unseen = 0;
			return 1;
		}
		if (r == 0 && newest)
			return 0;
		if (r == 0)
			r = read_on(spool);
		if (r < 0)
			return r;
	}
}

void spool_rewind(struct spool *spool)
{
	segment_reader_close(&spool->reader);
}

static int forget_oldest(struct spool *spool)
{
	char name[SEGMENT_NAME_SIZE], archived[SEGMENT_NAME_SIZE + sizeof("archive/")];
	int r;

	segment_name(name, spool->segments.first[0]);
	if (spool->config.archive) {
		(void)snprintf(archived, sizeof(archived), "archive/%s", name); /* fits */
		r = renameat(spool->dirfd, name, spool->dirfd, archived);
	} else {
		r = unlinkat(spool->dirfd, name, 0);
	}
	if (r < 0 && errno != ENOENT)
		return -errno;
	segment_list_remove(&spool->segments, spool->segments.first[0]);
	return 0;
}

/* Whether every record of the oldest segment is acknowledged, and the newest record elsewhere. */
static bool oldest_is_done(const struct spool *spool)
{
	const struct segment_list *list = &spool->segments;

	if (list->count < (spool->newest_is_empty ? 3 : 2))
		return false;
	return list->first[1] <= spool->cursor.sequence + 1;
}

int spool_ack(struct spool *spool, uint64_t sequence)
{
	int r, failed = 0;

	if (sequence <= spool->cursor.sequence)
		return 0;
	failed = spool_cursor_store(&spool->cursor, sequence);
	while (oldest_is_done(spool)) {
		r = forget_oldest(spool);
		if (r < 0)
			return r;
	}
	return failed;
}

int spool_refuse(struct spool *spool, uint64_t sequence)
{
	struct spool_record record;
	int r;

	spool_rewind(spool);
	r = spool_next(spool, &record);
	if (r <= 0 || record.sequence != sequence)
		return -ENOENT;
	r = refused_keep(spool->dirfd, &record);
	if (r == 0)
		spool->n_refused++;
	else
		spool->n_lost++;
	(void)spool_ack(spool, sequence); /* what is not stored is refused, and set aside, again */
	return r;
}
