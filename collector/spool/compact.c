/* Read, merge, write; then commit by one rename. */
#include "collector/spool/compact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/spool/merge.h"
#include "common/arena.h"
#include "hubmeter/cleanup.h"
#include "proto/wire.h"

#define ARENA_SIZE                                                                                 \
	((size_t)32 * 1024 * 1024) /* as much as a record; what is not used costs nothing */
#define STAGED ".new"

struct compaction {
	struct spool *spool;
	struct spool_identity identity; /* as it will be */
	struct merger *merger;
	struct arena arena;
	struct buffer bytes;
	int fd; /* the segment that is written; -1: none yet */
	uint64_t size;
	uint64_t next;	    /* sequence */
	uint64_t last_read; /* sequence */
	uint64_t n_read, n_written, n_missing, n_damaged, damaged_bytes;
};

static void release(struct compaction *compaction)
{
	merger_free(compaction->merger);
	arena_release(&compaction->arena);
	buffer_release(&compaction->bytes);
	hm_closep(&compaction->fd);
}

uint64_t spool_bytes(const struct spool *spool)
{
	char name[SEGMENT_NAME_SIZE];
	uint64_t bytes = 0;
	struct stat st;

	for (size_t i = 0; i < spool->segments.count; i++) {
		segment_name(name, spool->segments.first[i]);
		if (fstatat(spool->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

static void staged_name(char name[SEGMENT_NAME_SIZE], uint64_t first)
{
	segment_name(name, first);
	memcpy(strchr(name, '.'), STAGED, sizeof(STAGED));
}

static int seal(struct compaction *compaction)
{
	int r = 0;

	if (compaction->fd >= 0 && fsync(compaction->fd) < 0)
		r = -errno;
	hm_closep(&compaction->fd);
	compaction->fd = -1;
	return r;
}

static int make_room(struct compaction *compaction, size_t size)
{
	char name[SEGMENT_NAME_SIZE];
	int r;

	if (compaction->fd >= 0 &&
		compaction->size + size <= compaction->spool->config.segment_size)
		return 0;
	r = seal(compaction);
	if (r < 0)
		return r;
	staged_name(name, compaction->next);
	compaction->fd = openat(compaction->spool->dirfd, name,
		O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	compaction->size = 0;
	return compaction->fd < 0 ? -errno : 0;
}

/* Write @batch as the next of the new stream. */
static int emit(struct compaction *compaction, struct hm_batch *batch,
	const struct spool_record *with_state)
{
	struct spool_record record = *with_state;
	struct buffer *bytes = &compaction->bytes;
	int r;

	memcpy(batch->stream, compaction->identity.stream, HM_STREAM_SIZE);
	batch->sequence = compaction->next - compaction->identity.base;
	buffer_clear(bytes);
	r = buffer_reserve(bytes, hm_wire_size(batch));
	if (r == 0)
		r = hm_wire_encode(batch, bytes->data, bytes->capacity, &bytes->size);
	if (r < 0)
		return r;
	record.sequence = compaction->next;
	record.batch = bytes->data;
	record.batch_size = bytes->size;
	r = make_room(compaction, spool_record_size(&record));
	if (r == 0)
		r = spool_record_write(compaction->fd, compaction->size, &record);
	if (r < 0)
		return r;
	compaction->size += spool_record_size(&record);
	compaction->next++;
	compaction->n_written++;
	return 0;
}

static int emit_merged(struct compaction *compaction)
{
	static const struct spool_record stateless = {.sequence = 0};
	struct hm_batch batch;
	int r = merger_take(compaction->merger, &batch);

	if (r == -ENODATA)
		return 0;
	return r < 0 ? r : emit(compaction, &batch, &stateless);
}

static int add(struct compaction *compaction, struct hm_batch *batch)
{
	static const struct spool_record stateless = {.sequence = 0};
	int r;

	if (!merger_accepts(batch)) {
		r = emit_merged(compaction);
		return r < 0 ? r : emit(compaction, batch, &stateless);
	}
	r = merger_add(compaction->merger, batch);
	if (r != -EAGAIN)
		return r;
	r = emit_merged(compaction);
	return r < 0 ? r : merger_add(compaction->merger, batch);
}

/* Damage took some before @sequence: so many numbers stay free, which the aggregator sees. */
static void leave_gap(struct compaction *compaction, uint64_t sequence)
{
	uint64_t missing = spool_count(compaction->spool, compaction->last_read, sequence - 1);

	compaction->n_missing += missing;
	compaction->next += missing;
	compaction->last_read = sequence;
}

/* One record that was never sent. The newest stays by itself: its state belongs to it. */
static int take_record(struct compaction *compaction, const struct spool_record *record)
{
	static const struct hm_wire_limits limits = {
		.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};
	bool is_newest = record->sequence + 1 == compaction->spool->next_sequence;
	struct hm_batch batch;
	enum hm_reject reason;
	int r;

	arena_reset(&compaction->arena);
	leave_gap(compaction, record->sequence);
	compaction->n_read++;
	if (hm_wire_decode(&compaction->arena, record->batch, record->batch_size, &limits, &batch,
		    &reason) < 0)
		return -EBADMSG; /* ours would decode: merge nothing here */
	if (!is_newest)
		return add(compaction, &batch);
	r = emit_merged(compaction);
	return r < 0 ? r : emit(compaction, &batch, record);
}

static int take_segment(struct compaction *compaction, size_t i)
{
	hm_cleanup(segment_reader_release) struct segment_reader reader = SEGMENT_READER_INIT;
	const struct spool *spool = compaction->spool;
	const struct segment_list *list = &spool->segments;
	bool is_newest = i + 1 == list->count;
	uint64_t before = is_newest ? UINT64_MAX : list->first[i + 1];
	uint64_t end = is_newest ? spool->size : UINT64_MAX;
	struct spool_record record;
	int r = segment_reader_open(&reader, spool->dirfd, list->first[i]);

	while (r == 0 && (r = segment_reader_next(&reader, before, end, &record)) > 0) {
		r = 0;
		if (record.sequence > compaction->identity.merged.from &&
			!spool_is_merged_away(&spool->identity.merged, record.sequence))
			r = take_record(compaction, &record);
	}
	compaction->n_damaged += reader.n_damaged;
	compaction->damaged_bytes += reader.damaged_bytes;
	return r;
}

static int write_all(struct compaction *compaction)
{
	const struct segment_list *list = &compaction->spool->segments;
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++) {
		if (i + 1 < list->count &&
			list->first[i + 1] <= compaction->identity.merged.from + 1)
			continue;
		r = take_segment(compaction, i);
	}
	if (r == 0)
		r = seal(compaction);
	if (r == 0 && fsync(compaction->spool->dirfd) < 0)
		r = -errno;
	return r;
}

static int begin(struct compaction *compaction)
{
	const struct spool *spool = compaction->spool;
	struct spool_identity *identity = &compaction->identity;
	uint64_t from = spool->sent.sequence;
	int r;

	if (from < spool_acked(spool))
		from = spool_acked(spool);
	compaction->last_read = from;
	if (from + 1 >= spool->next_sequence)
		return -ENODATA;
	*identity = spool->identity;
	identity->merged =
		(struct spool_merge){.from = from, .to = spool_last_sequence(spool), .into = 0};
	r = spool_identity_renew(identity, spool->next_sequence);
	identity->base -= spool->n_unseen; /* the aggregator sees that they are missing */
	if (r == 0)
		r = merger_new(&compaction->merger);
	return r < 0 ? r : arena_init(&compaction->arena, ARENA_SIZE);
}

/* A name of the form <20 digits><suffix> that the merge put there, or that stands for it. */
static int finish_file(int dirfd, const char *name, const struct spool_merge *merge)
{
	char segment[SEGMENT_NAME_SIZE];
	uint64_t first;
	int r = 0;

	if (segment_parse_name(name, STAGED, &first) == 0) {
		if (first > merge->to && first <= merge->into)
			r = renameat(dirfd, name, dirfd, segment_name(segment, first));
		else
			r = unlinkat(dirfd, name, 0);
	} else if (segment_parse_name(name, ".seg", &first) == 0 &&
		   spool_is_merged_away(merge, first)) {
		r = unlinkat(dirfd, name, 0);
	}
	return r < 0 && errno != ENOENT ? -errno : 0;
}

static int finish_files(int dirfd, const struct spool_merge *merge)
{
	struct dirent *entry;
	DIR *directory;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd); /* nothing was written */
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		r = finish_file(dirfd, entry->d_name, merge);
	if (r == 0)
		r = -errno;
	(void)closedir(directory); /* nothing was written */
	return r;
}

/* The segment that holds the last record that was sent holds some that were not. */
static int cut_boundary(int dirfd, const struct spool_merge *merge)
{
	hm_cleanup(segment_reader_release) struct segment_reader reader = SEGMENT_READER_INIT;
	struct segment_list list = {0};
	struct spool_record record;
	char name[SEGMENT_NAME_SIZE];
	uint64_t first = 0, offset = 0;
	int fd, r = segment_list_read(&list, dirfd);

	for (size_t i = 0; i < list.count && list.first[i] <= merge->from; i++)
		first = list.first[i];
	segment_list_release(&list);
	if (r < 0 || first == 0)
		return r;
	r = segment_reader_open(&reader, dirfd, first);
	while (r == 0 && segment_reader_next(&reader, merge->to + 1, UINT64_MAX, &record) > 0 &&
		record.sequence <= merge->from)
		offset = reader.offset;
	if (r < 0 || reader.sequence <= merge->from)
		return r == -ENOENT ? 0 : r;
	fd = openat(dirfd, segment_name(name, first), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 || ftruncate(fd, (off_t)offset) < 0 || fsync(fd) < 0 ? -errno : 0;
	hm_closep(&fd);
	return r;
}

int spool_finish_merge(int dirfd, const struct spool_merge *merge)
{
	int r = finish_files(dirfd, merge);

	return r == 0 && merge->to > 0 ? cut_boundary(dirfd, merge) : r;
}

static int open_last(struct spool *spool)
{
	const struct segment_list *list = &spool->segments;
	char name[SEGMENT_NAME_SIZE];
	struct stat st;
	int fd;

	if (list->count == 0)
		return -EIO;
	fd = openat(spool->dirfd, segment_name(name, list->first[list->count - 1]),
		O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		hm_closep(&fd);
		return -errno;
	}
	spool->fd = fd;
	spool->size = (uint64_t)st.st_size;
	return 0;
}

/*
 * It has happened, and what fails here is tried again. Until then nothing is read, because numbers
 * would leave out of order, and records go into a segment of their own.
 */
static int finish(struct spool *spool)
{
	int r = spool_finish_merge(spool->dirfd, &spool->identity.merged);

	if (r == 0) {
		segment_list_release(&spool->segments);
		r = segment_list_read(&spool->segments, spool->dirfd);
	}
	if (r == 0 && spool->fd < 0)
		r = open_last(spool);
	spool->is_unfinished = r < 0;
	return r;
}

static int take_over(struct compaction *compaction)
{
	struct spool *spool = compaction->spool;

	spool->identity = compaction->identity;
	spool->next_sequence = compaction->next;
	spool->n_merged += compaction->n_read;
	spool->n_merged_into += compaction->n_written;
	spool->n_lost += compaction->n_missing;
	spool->reader.n_damaged += compaction->n_damaged; /* its rest may be gone with the file */
	spool->reader.damaged_bytes += compaction->damaged_bytes;
	spool->is_suspect = false;
	spool->newest_is_empty = false;
	hm_closep(&spool->fd);
	spool->fd = -1;
	spool->size = 0;
	return finish(spool);
}

static int compact(struct spool *spool)
{
	hm_cleanup(release) struct compaction compaction = {.spool = spool,
		.bytes = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE),
		.fd = -1,
		.next = spool->next_sequence};
	int r = begin(&compaction);

	if (r == 0)
		r = write_all(&compaction);
	if (r < 0)
		return r;
	compaction.identity.merged.into = compaction.next - 1;
	r = spool_identity_write(spool->dirfd, &compaction.identity);
	return r < 0 ? r : take_over(&compaction);
}

/* How many records go with the oldest segment that nobody acknowledged. */
static uint64_t count_waiting(const struct spool *spool, uint64_t first, uint64_t before)
{
	hm_cleanup(segment_reader_release) struct segment_reader reader = SEGMENT_READER_INIT;
	struct spool_record record;
	uint64_t count = 0;

	if (segment_reader_open(&reader, spool->dirfd, first) < 0)
		return 0;
	while (segment_reader_next(&reader, before, UINT64_MAX, &record) > 0)
		count += record.sequence > spool_acked(spool);
	return count;
}

static int give_up_oldest(struct spool *spool)
{
	uint64_t first = spool->segments.first[0], before = spool->segments.first[1];
	uint64_t lost = count_waiting(spool, first, before);
	int r = spool_ack(spool, before - 1);

	if (spool->segments.first[0] == first)
		return r < 0 ? r : -EBUSY;
	spool->n_lost += lost;
	spool->n_unseen += lost;
	return 0;
}

int spool_make_space(struct spool *spool, uint64_t size)
{
	uint64_t limit = spool->config.max_size;
	int r = 0;

	spool->appended_bytes += size;
	if (spool->is_unfinished && (r = finish(spool)) < 0)
		return r;
	if (limit == 0 || spool_bytes(spool) + size <= limit)
		return 0;
	if (spool->appended_bytes >= limit / 64) {
		spool->appended_bytes = 0;
		r = compact(spool);
		spool->has_failed_to_merge = r < 0 && r != -ENODATA;
	}
	if (spool->has_failed_to_merge)
		limit += limit / 4; /* rather than give up what may be merged next time */
	while (!spool->is_unfinished && spool->segments.count > 2 &&
		spool_bytes(spool) + size > limit) {
		if (give_up_oldest(spool) < 0)
			break;
	}
	return r == -ENODATA ? 0 : r;
}
