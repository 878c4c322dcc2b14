/* A table of sums; what is reported is always a sum minus the one in here. */
#include "collector/source/sacct/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bounds.h"
#include "common/hash.h"
#include "common/sha256.h"
#include "common/usage_interval.h"
#include "hubmeter/cleanup.h"

#define INTERVAL_MAX_SEC (USAGE_INTERVAL_MAX_USEC / 1000000)

void jobs_init(struct jobs *jobs, uint64_t seed, int64_t floor_sec)
{
	*jobs = (struct jobs){.table = HASH_TABLE_INIT(struct job),
		.seed = seed,
		.floor = {floor_sec, UINT64_MAX, UINT64_MAX}};
}

void jobs_release(struct jobs *jobs)
{
	hash_table_release(&jobs->table);
}

/* ------------------------------------------------------------------------ which job */

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int jobs_order(const struct job_key *a, const struct job_key *b)
{
	uint64_t end_a = (uint64_t)a->end_sec - 1, end_b = (uint64_t)b->end_sec - 1; /* 0: last */
	int r = compare_u64(end_a, end_b);

	if (r == 0)
		r = compare_u64(a->cluster, b->cluster);
	return r != 0 ? r : compare_u64(a->dbindex, b->dbindex);
}

struct job_key jobs_key(const struct sacct_line *line)
{
	struct job_key key = {.end_sec = line->end_sec, .dbindex = line->dbindex};
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, line->cluster.data, line->cluster.size);
	sha256_end(&sha, digest);
	memcpy(&key.cluster, digest, sizeof(key.cluster));
	return key;
}

static uint32_t hash_of(const struct jobs *jobs, const struct job_key *key)
{
	return (uint32_t)hash_mix(hash_mix(jobs->seed, key->cluster), key->dbindex);
}

static bool is_same(const void *entry, const void *key)
{
	const struct job *job = entry;
	const struct job_key *other = key;

	return job->key.cluster == other->cluster && job->key.dbindex == other->dbindex;
}

static struct job *find(const struct jobs *jobs, const struct job_key *key)
{
	uint32_t i = hash_table_find(&jobs->table, hash_of(jobs, key), key, is_same);

	return i == HASH_TABLE_NONE ? NULL : hash_table_at(&jobs->table, i);
}

/* ------------------------------------------------------------------------ what is new of it */

/*
 * How much used CPU an interval takes in which @cpu_usec were allocated: as much as that, or what
 * the job, which used more than was allocated to it, has not been billed yet.
 */
static uint64_t room_for_used(
	const struct job *known, const struct sacct_line *line, uint64_t cpu_usec)
{
	return max_u64(cpu_usec, saturating_sub(line->used_usec, known->billed_usec));
}

static void subtract(
	const struct job *known, const struct sacct_line *line, struct job_difference *ret)
{
	uint64_t room;

	ret->cpu_sec = saturating_sub(line->cpu_sec, known->cpu_sec);
	ret->memory_mib_sec = saturating_sub(line->memory_mib_sec, known->memory_mib_sec);
	ret->gpu_sec = saturating_sub(line->gpu_sec, known->gpu_sec);
	ret->used_usec = saturating_sub(line->used_usec, known->used_usec);
	room = room_for_used(known, line, ret->cpu_sec * 1000000);
	if (ret->used_usec > room)
		ret->used_usec = room;
}

static bool is_empty(const struct job_difference *d)
{
	return !d->cpu_sec && !d->memory_mib_sec && !d->gpu_sec && !d->used_usec;
}

/* The time of it; false: there is none yet, so it waits. */
static bool place(const struct job *known, int64_t now_sec, struct job_difference *ret)
{
	int64_t end = ret->next.until_sec;

	if (end <= known->until_sec)
		end = now_sec;
	if (end <= known->until_sec)
		return false;
	ret->start_sec = known->until_sec;
	if (end - ret->start_sec > INTERVAL_MAX_SEC)
		ret->start_sec = end - INTERVAL_MAX_SEC;
	ret->end_sec = end;
	ret->next.until_sec = end;
	return true;
}

static void add(struct job_difference *d)
{
	d->next.used_usec += d->used_usec;
	d->next.billed_usec += max_u64(d->used_usec, d->cpu_sec * 1000000);
	d->next.cpu_sec += d->cpu_sec;
	d->next.memory_mib_sec += d->memory_mib_sec;
	d->next.gpu_sec += d->gpu_sec;
}

static bool owes(const struct job *known, const struct sacct_line *line)
{
	return line->cpu_sec < known->cpu_sec || line->memory_mib_sec < known->memory_mib_sec ||
	       line->gpu_sec < known->gpu_sec || line->used_usec < known->used_usec;
}

/* What is noted of a job without usage is only its end; a new one needs no note at all then. */
static int look_on(const struct job *known, bool is_new, struct job_difference *d)
{
	d->start_sec = d->end_sec = 0;
	d->used_usec = d->cpu_sec = d->memory_mib_sec = d->gpu_sec = 0;
	if (is_new || (d->next.key.end_sec == known->key.end_sec &&
			      d->next.until_sec == known->until_sec && d->next.owes == known->owes))
		return -EALREADY;
	return 0;
}

int jobs_difference(const struct jobs *jobs, const struct sacct_line *line, int64_t now_sec,
	struct job_difference *ret)
{
	struct job_key key = jobs_key(line);
	struct job unknown = {.key = key, .until_sec = line->start_sec};
	const struct job *found = find(jobs, &key), *known = found ? found : &unknown;
	struct job_difference d = {.next = *known};
	int64_t until = line->known_sec < now_sec ? line->known_sec : now_sec;

	if (!found && key.end_sec > 0 && jobs_order(&key, &jobs->floor) <= 0)
		return -EALREADY;
	subtract(known, line, &d);
	d.next.key = key;
	d.next.owes = owes(known, line);
	d.owes_more = d.next.owes && !known->owes;
	if (until > d.next.until_sec)
		d.next.until_sec = until;
	if (!is_empty(&d) && place(known, now_sec, &d)) {
		add(&d);
	} else {
		int r = look_on(known, !found, &d);

		if (r < 0)
			return r;
	}
	*ret = d;
	return 0;
}

/* ------------------------------------------------------------------------ remembering */

int jobs_reserve(struct jobs *jobs)
{
	return jobs->table.count >= JOBS_MAX ? -ENOSPC : hash_table_reserve(&jobs->table, 1);
}

void jobs_note(struct jobs *jobs, const struct job *next)
{
	struct job *job = find(jobs, &next->key);

	if (!job) {
		uint32_t i = hash_table_append(&jobs->table, hash_of(jobs, &next->key));

		job = hash_table_at(&jobs->table, i);
	}
	*job = *next;
}

static int compare_jobs(const void *left, const void *right)
{
	const struct job *a = left, *b = right;

	return jobs_order(&a->key, &b->key);
}

static bool is_kept(const struct job *job, uint32_t n_behind, int64_t before_sec, int64_t stale_sec)
{
	if (job->until_sec < stale_sec)
		return false;
	return n_behind < JOBS_KEPT || job->key.end_sec == 0 || job->key.end_sec >= before_sec;
}

int jobs_forget(struct jobs *jobs, int64_t before_sec, int64_t stale_sec)
{
	uint32_t n = jobs->table.count, n_ended = 0;
	hm_cleanup(hm_freep) struct job *sorted = calloc((size_t)n + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		sorted[i] = *(struct job *)hash_table_at(&jobs->table, i);
		n_ended += sorted[i].key.end_sec > 0;
	}
	qsort(sorted, n, sizeof(*sorted), compare_jobs);
	hash_table_clear(&jobs->table);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t n_behind = i < n_ended ? n_ended - i - 1 : 0;

		if (is_kept(&sorted[i], n_behind, before_sec, stale_sec))
			jobs_note(jobs, &sorted[i]); /* there was room for all of them */
		else if (sorted[i].key.end_sec > 0 && jobs_order(&sorted[i].key, &jobs->floor) > 0)
			jobs->floor = sorted[i].key;
	}
	return 0;
}

/* ------------------------------------------------------------------------ the section */

/* Seven bits a byte, the lowest first; most numbers here are small. */
static void put_short(struct state_writer *writer, uint64_t value)
{
	unsigned char bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value > 0);
	if (writer->error == 0)
		writer->error = buffer_append(writer->buffer, bytes, n);
}

static uint64_t get_short(struct state_reader *reader)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; reader->error == 0; shift += 7) {
		const unsigned char *byte;

		reader->error = shift > 63 ? -EBADMSG : cursor_bytes(&reader->cursor, 1, &byte);
		if (reader->error < 0)
			break;
		value |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80))
			return value;
	}
	return 0;
}

void jobs_save(const struct jobs *jobs, struct state_writer *writer)
{
	state_put_u64(writer, (uint64_t)jobs->floor.end_sec);
	state_put_u64(writer, jobs->floor.cluster);
	state_put_u64(writer, jobs->floor.dbindex);
	state_put_u32(writer, jobs->table.count);
	for (uint32_t i = 0; i < jobs->table.count; i++) {
		const struct job *job = hash_table_at(&jobs->table, i);

		state_put_u64(writer, job->key.cluster);
		put_short(writer, job->key.dbindex);
		put_short(writer, (uint64_t)job->key.end_sec);
		put_short(writer, (uint64_t)job->until_sec);
		put_short(writer, job->owes);
		put_short(writer, job->used_usec);
		put_short(writer, job->billed_usec);
		put_short(writer, job->cpu_sec);
		put_short(writer, job->memory_mib_sec);
		put_short(writer, job->gpu_sec);
	}
}

static struct job get_job(struct state_reader *reader)
{
	struct job job = {.key = {.cluster = state_get_u64(reader)}};

	job.key.dbindex = get_short(reader);
	job.key.end_sec = (int64_t)get_short(reader);
	job.until_sec = (int64_t)get_short(reader);
	job.owes = get_short(reader) != 0;
	job.used_usec = get_short(reader);
	job.billed_usec = get_short(reader);
	job.cpu_sec = get_short(reader);
	job.memory_mib_sec = get_short(reader);
	job.gpu_sec = get_short(reader);
	if (job.key.end_sec < 0 || job.until_sec < 0)
		reader->error = -EBADMSG;
	return job;
}

void jobs_restore(struct jobs *jobs, struct state_reader *reader)
{
	uint32_t n;

	jobs->floor.end_sec = (int64_t)state_get_u64(reader);
	jobs->floor.cluster = state_get_u64(reader);
	jobs->floor.dbindex = state_get_u64(reader);
	n = state_get_count(reader);
	for (uint32_t i = 0; i < n && reader->error == 0; i++) {
		struct job job = get_job(reader);

		if (reader->error == 0)
			reader->error = jobs_reserve(jobs);
		if (reader->error == 0)
			jobs_note(jobs, &job);
	}
}
