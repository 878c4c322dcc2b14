/* What is there, what of it is sound, and whether it is what was sent last. */
#include "collector/spool/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector/spool/aside.h"
#include "collector/spool/compact.h"
#include "hubmeter/cleanup.h"

/* The last sound record of a segment, and where it ends. @ret_state: cleared, then its state. */
static int scan_segment(
	struct spool *spool, uint64_t first, uint64_t before, struct buffer *ret_state)
{
	struct spool_record record;
	int r;

	r = segment_reader_open(&spool->reader, spool->dirfd, first);
	if (r < 0)
		return r;
	buffer_clear(ret_state);
	while ((r = segment_reader_next(&spool->reader, before, UINT64_MAX, &record)) > 0) {
		buffer_clear(ret_state);
		r = buffer_append(ret_state, record.state, record.state_size);
		if (r < 0)
			return r;
	}
	return r;
}

/*
 * -EBADMSG: bytes without any record that are not the beginning of one either, nor zeros, which is
 * what a power cut leaves of a file that was grown.
 */
static int check_torn(const struct spool *spool)
{
	static const unsigned char zeros[4];
	unsigned char head[4];
	ssize_t n;

	if (spool->reader.offset > 0)
		return 0;
	n = pread(spool->reader.fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	if (memcmp(head, zeros, (size_t)n) == 0 || spool_record_begins(head, (size_t)n))
		return 0;
	return -EBADMSG;
}

/* Cut what was never written whole off the newest segment, and continue there. */
static int open_newest(struct spool *spool)
{
	hm_cleanup(hm_closep) int fd = -1;
	char name[SEGMENT_NAME_SIZE];
	uint64_t torn_bytes;
	int r;

	r = check_torn(spool);
	if (r == 0)
		r = segment_reader_rest(&spool->reader, &torn_bytes);
	if (r < 0)
		return r;
	fd = openat(spool->dirfd, segment_name(name, spool->reader.first),
		O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (torn_bytes > 0 && ftruncate(fd, (off_t)spool->reader.offset) < 0)
		return -errno;
	if (torn_bytes > 0 && fdatasync(fd) < 0)
		return -errno;
	spool->size = spool->reader.offset;
	spool->newest_is_empty = spool->size == 0;
	spool->torn_bytes = torn_bytes;
	spool->fd = hm_steal_fd(&fd);
	return 0;
}

/*
 * Find the last record: in the newest segment, or, when a crash left that one without any, in one
 * before it. *ret_name: the newest name there was, also of a segment that is bad.
 */
static int find_last(
	struct spool *spool, struct buffer *ret_state, uint64_t *ret_last, uint64_t *ret_name)
{
	uint64_t before = UINT64_MAX;

	for (size_t i = spool->segments.count; i > 0; i--) {
		uint64_t first = spool->segments.first[i - 1];
		int r = scan_segment(spool, first, before, ret_state);

		if (r == 0 && spool->fd < 0)
			r = open_newest(spool);
		if (*ret_name < first)
			*ret_name = first;
		if (r < 0) {
			r = spool_set_aside(spool, first, r);
			if (r < 0)
				return r;
			buffer_clear(ret_state);
			continue;
		}
		before = first;
		*ret_last = spool->reader.sequence;
		if (spool->reader.offset > 0)
			break;
	}
	return 0;
}

/* Behind a lost newer record the last state would book a window again that may have been sent. */
static int find_end(struct spool *spool, struct buffer *ret_state, bool *ret_is_tail_lost)
{
	uint64_t last = 0, name = 0;
	int r = find_last(spool, ret_state, &last, &name);

	if (r < 0)
		return r;
	spool->next_sequence = last + 1;
	if (name > spool->next_sequence)
		spool->next_sequence = name;
	if (spool->cursor.sequence >= spool->next_sequence)
		spool->next_sequence = spool->cursor.sequence + 1;
	*ret_is_tail_lost = spool->n_bad > 0 || spool->next_sequence != last + 1;
	return 0;
}

static bool is_other(uint64_t then, uint64_t now)
{
	return then != 0 && now != 0 && then != now;
}

static bool is_copy(const struct spool_identity *then, const struct spool_identity *now)
{
	return is_other(then->inode, now->inode) || is_other(then->born, now->born);
}

/* What has changed since @then, the gravest first. */
static enum spool_change compare(
	const struct spool_identity *then, const struct spool_identity *now, bool is_tail_lost)
{
	if (spool_origin_differs(then->origin.machine, now->origin.machine))
		return SPOOL_CHANGE_MACHINE;
	if (is_copy(then, now))
		return SPOOL_CHANGE_COPY;
	if (is_tail_lost)
		return SPOOL_CHANGE_TAIL_LOST;
	if (spool_origin_differs(then->origin.boot, now->origin.boot))
		return SPOOL_CHANGE_BOOT;
	if (spool_origin_differs(then->origin.node, now->origin.node))
		return SPOOL_CHANGE_NODE;
	return SPOOL_CHANGE_NONE;
}

static void keep_if_unknown(const uint8_t *then, uint8_t *now)
{
	static const uint8_t unknown[SPOOL_ORIGIN_SIZE];

	if (memcmp(now, unknown, SPOOL_ORIGIN_SIZE) == 0)
		memcpy(now, then, SPOOL_ORIGIN_SIZE);
}

/* What is known now; what is not known any more stays as it was. */
static void keep_known(const struct spool_identity *then, struct spool_identity *now)
{
	memcpy(now->stream, then->stream, HM_STREAM_SIZE);
	now->base = then->base;
	now->stateless = then->stateless;
	now->merged = then->merged;
	keep_if_unknown(then->origin.machine, now->origin.machine);
	keep_if_unknown(then->origin.boot, now->origin.boot);
	keep_if_unknown(then->origin.node, now->origin.node);
}

static bool state_is_usable(enum spool_change change, bool is_tail_lost)
{
	return !is_tail_lost && change != SPOOL_CHANGE_MACHINE && change != SPOOL_CHANGE_COPY;
}

/* What of a spool that may not be what was sent last, or of an older release, may have been sent.
 */
static int note_unknown(struct spool *spool)
{
	uint64_t all = spool->next_sequence > 1 ? spool->next_sequence - 1 : 1; /* 0: never noted */
	int r = 0;

	if ((spool->change != SPOOL_CHANGE_NONE || spool->sent.sequence == 0) &&
		spool->sent.sequence < all)
		r = spool_cursor_store(&spool->sent, all);
	if (spool->config.sync)
		(void)fdatasync(spool->sent.fd); /* as it is before anything is handed out */
	return r;
}

/* A damaged identity is replaced: the records that wait carry the old stream themselves. */
static int take_identity(struct spool *spool, bool is_tail_lost)
{
	struct spool_identity then = {.base = 0}, now = {.origin = spool->config.origin};
	int r = spool_identity_read(spool->dirfd, &then);

	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return r;
	(void)spool_cursor_identify(&spool->cursor, &now); /* not known, then */
	spool->change = SPOOL_CHANGE_NEW;
	if (r == 0) {
		spool->change = compare(&then, &now, is_tail_lost);
		keep_known(&then, &now);
	}
	r = note_unknown(spool); /* before the identity forgets that there was a change */
	if (r == 0 && spool->change != SPOOL_CHANGE_NONE)
		r = spool_identity_renew(&now, spool->next_sequence);
	if (!state_is_usable(spool->change, is_tail_lost))
		now.stateless = spool->next_sequence - 1;
	if (r == 0 && memcmp(&then, &now, sizeof(now)) != 0)
		r = spool_identity_write(spool->dirfd, &now);
	spool->identity = now;
	return r;
}

/* A merge that was committed is completed; one that was not leaves nothing. */
static int finish_merge(const struct spool *spool)
{
	struct spool_identity identity = {.base = 0};
	int r = spool_identity_read(spool->dirfd, &identity);

	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return r;
	return spool_finish_merge(spool->dirfd, &identity.merged);
}

int spool_recover(struct spool *spool, struct buffer *ret_state)
{
	bool is_tail_lost = false;
	int r = finish_merge(spool);

	if (r == 0)
		r = segment_list_read(&spool->segments, spool->dirfd);
	if (r == 0)
		r = find_end(spool, ret_state, &is_tail_lost);
	if (r == 0)
		r = take_identity(spool, is_tail_lost);
	if (r == 0 && spool->next_sequence - 1 <= spool->identity.stateless)
		buffer_clear(ret_state); /* also when nothing was written since it was found so */
	return r;
}

int spool_start_stream(struct spool *spool)
{
	struct spool_identity identity = spool->identity;
	int r = spool_identity_renew(&identity, spool->next_sequence);

	identity.stateless = spool->next_sequence - 1;
	if (r == 0)
		r = spool_identity_write(spool->dirfd, &identity);
	if (r < 0)
		return r;
	spool->identity = identity;
	spool->change = SPOOL_CHANGE_STATE;
	return 0;
}

const char *spool_change_name(enum spool_change change)
{
	static const char *const names[] = {
		[SPOOL_CHANGE_NONE] = "none",
		[SPOOL_CHANGE_NEW] = "new",
		[SPOOL_CHANGE_BOOT] = "boot",
		[SPOOL_CHANGE_NODE] = "node",
		[SPOOL_CHANGE_MACHINE] = "machine",
		[SPOOL_CHANGE_COPY] = "copy",
		[SPOOL_CHANGE_TAIL_LOST] = "tail_lost",
		[SPOOL_CHANGE_STATE] = "state_refused",
	};

	return names[change];
}
