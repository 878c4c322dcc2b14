/*
 * Segments: the files of a spool that hold its records, <first sequence, 20 digits>.seg.
 *
 * Invariant: a segment's records have sequences from its own name up to, exclusively, the name of
 * the next segment. What else stands in it is no record: the remains of a write that failed, was
 * reported as failed and was made good in the next segment.
 *
 * Life cycle of a reader: segment_reader_open() -> segment_reader_next()* ->
 * segment_reader_close(). It keeps its memory until segment_reader_release().
 */
#ifndef COLLECTOR_SPOOL_SEGMENT_H
#define COLLECTOR_SPOOL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "collector/spool/record.h"
#include "common/buffer.h"

#define SEGMENT_NAME_SIZE 32

/* The file name of the segment that starts with @first. Returns @name. */
const char *segment_name(char name[SEGMENT_NAME_SIZE], uint64_t first);

/* The sequence before @suffix, such as ".seg", in a file's name. -EBADMSG: another kind of name. */
int segment_parse_name(const char *name, const char *suffix, uint64_t *ret);

/* First sequences of a directory's segments, ascending. */
struct segment_list {
	uint64_t *first;
	size_t count;
	size_t capacity;
};

/* Add what @dirfd holds to @list; a segment known already is not added twice. */
int segment_list_read(struct segment_list *list, int dirfd);
int segment_list_append(struct segment_list *list, uint64_t first);
void segment_list_remove(struct segment_list *list, uint64_t first);
void segment_list_release(struct segment_list *list);

struct segment_reader {
	int fd;		    /* -1: closed */
	uint64_t first;	    /* the segment's name */
	uint64_t offset;    /* behind the last record handed out */
	uint64_t sequence;  /* of the last record handed out */
	uint64_t n_damaged; /* runs of bytes skipped because they are no record */
	uint64_t damaged_bytes;
	struct buffer bytes; /* what the last record points into */
};

#define SEGMENT_READER_INIT                                                                        \
	{                                                                                          \
		.fd = -1, .bytes = BUFFER_INIT(SEGMENT_READER_LIMIT)                               \
	}
#define SEGMENT_READER_LIMIT ((size_t)1024 * 1024 * 1024)

/* Open a segment below @dirfd at its start. Counts of damage go on. -EBADMSG: it is no file. */
int segment_reader_open(struct segment_reader *reader, int dirfd, uint64_t first);

/*
 * The next record below sequence @before in the first @end bytes of the file (UINT64_MAX: all).
 * 1 and *ret, valid until the next call; 0: no further one; or an error.
 */
int segment_reader_next(
	struct segment_reader *reader, uint64_t before, uint64_t end, struct spool_record *ret);

/* Bytes behind the last record. */
int segment_reader_rest(const struct segment_reader *reader, uint64_t *ret);

void segment_reader_close(struct segment_reader *reader);
void segment_reader_release(struct segment_reader *reader);

#endif
