/* Opening, and writing behind the last record. */
#include "collector/spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/spool/directory.h"
#include "collector/spool/recover.h"
#include "collector/spool/strip.h"
#include "hubmeter/cleanup.h"

static int open_all(struct spool *spool, struct buffer *ret_state)
{
	int r = spool_directory_open(spool->config.directory, &spool->dirfd);

	if (r == 0)
		r = spool_directory_lock(spool->dirfd, &spool->lockfd);
	if (r < 0)
		return r;
	if (spool->config.archive && mkdirat(spool->dirfd, "archive", 0700) < 0 && errno != EEXIST)
		return -errno;
	r = spool_cursor_open(&spool->cursor, spool->dirfd, SPOOL_ACKED);
	if (r == 0)
		r = spool_cursor_open(&spool->sent, spool->dirfd, SPOOL_SENT);
	return r < 0 ? r : spool_recover(spool, ret_state);
}

int spool_open(struct spool *spool, const struct spool_config *config, struct buffer *ret_state)
{
	int r;

	*spool = (struct spool){.config = *config,
		.dirfd = -1,
		.lockfd = -1,
		.fd = -1,
		.cursor = {.fd = -1},
		.sent = {.fd = -1},
		.reader = SEGMENT_READER_INIT};
	r = open_all(spool, ret_state);
	if (r < 0) {
		spool_close(spool);
		return r;
	}
	spool_rewind(spool);
	spool->reader.n_damaged = 0; /* counted again where it is read to be sent */
	spool->reader.damaged_bytes = 0;
	return 0;
}

/* A disk that works again is to know it before the next collector merges. */
static void note_sent_again(struct spool *spool)
{
	if (spool->is_sent_unnoted)
		spool_note_sent(spool, spool->sent.sequence);
}

void spool_close(struct spool *spool)
{
	note_sent_again(spool);
	segment_reader_release(&spool->reader);
	segment_list_release(&spool->segments);
	spool_cursor_close(&spool->cursor);
	spool_cursor_close(&spool->sent);
	hm_closep(&spool->fd);
	hm_closep(&spool->lockfd); /* the lock goes with it */
	hm_closep(&spool->dirfd);
	spool->fd = spool->lockfd = spool->dirfd = -1;
}

/* Durable before anything is written into it, so that a power cut can't take only the name. */
static int start_segment(struct spool *spool)
{
	hm_cleanup(hm_closep) int fd = -1;
	char name[SEGMENT_NAME_SIZE];
	int r;

	fd = openat(spool->dirfd, segment_name(name, spool->next_sequence),
		O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (spool->config.sync && fsync(spool->dirfd) < 0)
		return -errno;
	r = segment_list_append(&spool->segments, spool->next_sequence);
	if (r < 0)
		return r;

	hm_closep(&spool->fd);
	spool->fd = hm_steal_fd(&fd);
	spool->size = 0;
	spool->newest_is_empty = true;
	spool->is_suspect = false;
	return 0;
}

/* Drop what a failed write may have left behind the last record. */
static int cut_back(const struct spool *spool)
{
	return ftruncate(spool->fd, (off_t)spool->size) < 0 ? -errno : 0;
}

static int make_room(struct spool *spool, size_t size)
{
	int r;

	if (spool->fd < 0)
		return start_segment(spool);
	if (spool->size > 0 &&
		(spool->is_suspect || spool->size + size > spool->config.segment_size))
		return start_segment(spool);
	if (spool->is_suspect && (r = cut_back(spool)) < 0)
		return r;
	spool->is_suspect = false;
	return 0;
}

static int write_frame(struct spool *spool, const struct spool_record *record)
{
	int r = spool_record_write(spool->fd, spool->size, record);

	if (r == 0 && spool->config.sync && fdatasync(spool->fd) < 0)
		return -errno;
	return r;
}

/*
 * The two newest segments keep their states: without sync a power cut may tear the newest one, and
 * then the state in the one before it is the last.
 */
static void strip_sealed(const struct spool *spool)
{
	const struct segment_list *list = &spool->segments;

	if (list->count >= 3)
		(void)segment_strip(spool->dirfd, list->first[list->count - 3],
			list->first[list->count - 2],
			spool->config.sync); /* it stays larger, then */
}

int spool_append(struct spool *spool, const void *batch, size_t batch_size, const void *state,
	size_t state_size)
{
	struct spool_record record = {.sequence = spool->next_sequence,
		.batch = batch,
		.batch_size = batch_size,
		.state = state,
		.state_size = state_size};
	int r;

	r = make_room(spool, spool_record_size(&record));
	if (r < 0)
		return r;
	r = write_frame(spool, &record);
	if (r < 0) {
		/* Pages that failed to sync are never trusted again: the next goes elsewhere. */
		spool->is_suspect = true;
		(void)cut_back(spool); /* else the next segment's name tells it from a record */
		return r;
	}

	if (spool->newest_is_empty)
		strip_sealed(spool);
	spool->size += spool_record_size(&record);
	spool->newest_is_empty = false;
	spool->next_sequence++;
	note_sent_again(spool);
	return 0;
}

const char *spool_error_text(int error)
{
	switch (error) {
	case -EBUSY:
		return "another collector uses it";
	case -EEXIST:
		return "another spool is in its place";
	case -EBADMSG:
		return "it is damaged, or no file of a spool";
	case -EDQUOT:
		return "as much as may be set aside is set aside already";
	case -ELOOP:
		return "a file in it is a symbolic link, and none is followed";
	default:
		return strerror(-error);
	}
}
