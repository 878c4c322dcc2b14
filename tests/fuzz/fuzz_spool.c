/*
 * Whatever a disk hands back as a segment, reading it ends, hands out only what lies within it, in
 * ascending order and within bounds; and a spool that is opened over it opens, goes on behind it
 * and reads back what is appended. The first byte chooses, and whether checksums are made right
 * first, without which hardly an input would get past them.
 *
 * Built and run as fuzz_wire.c, with tests/fuzz/corpus/spool; that corpus is replayed by the tests
 * of the spool.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/spool/spool.h"
#include "common/crc32c.h"

#define DIRECTORY_SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* Make the checksum of every frame right whose length fits. */
static void mend(uint8_t *data, size_t size)
{
	size_t at = 0, frame;

	while (at < size) {
		uint32_t crc;

		if (spool_record_peek(data + at, size - at, &frame) < 0 || frame > size - at) {
			at++;
			continue;
		}
		crc = crc32c(0, data + at, frame - SPOOL_RECORD_TRAILER_SIZE);
		for (size_t i = 0; i < SPOOL_RECORD_TRAILER_SIZE; i++)
			data[at + frame - SPOOL_RECORD_TRAILER_SIZE + i] = (uint8_t)(crc >> 8 * i);
		at += frame;
	}
}

static void find_records(const uint8_t *data, size_t size)
{
	struct spool_record record;
	uint64_t after = 0;
	size_t from = 0, offset;

	while (spool_record_find(data, size, from, after, UINT64_MAX, &record, &offset) == 0) {
		must(offset >= from && record.sequence > after);
		must(spool_record_size(&record) <= size - offset);
		must(record.batch == data + offset + SPOOL_RECORD_HEADER_SIZE);
		must(record.state == record.batch + record.batch_size);
		after = record.sequence;
		from = offset + spool_record_size(&record);
	}
}

static void read_segment(const uint8_t *data, size_t size)
{
	struct segment_reader reader = SEGMENT_READER_INIT;
	struct spool_record record;
	uint64_t before = 0, rest, records = 0;
	int fd = memfd_create("segment", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	reader.fd = fd;
	while (segment_reader_next(&reader, 1000000, UINT64_MAX, &record) > 0) {
		must(record.sequence > before && record.sequence < 1000000);
		must(reader.offset <= size);
		before = record.sequence;
		records += spool_record_size(&record);
	}
	must(segment_reader_rest(&reader, &rest) == 0);
	must(records + reader.damaged_bytes + rest == size);
	segment_reader_release(&reader);
}

static void write_file(const char *directory, const char *name, const uint8_t *data, size_t size)
{
	char path[DIRECTORY_SIZE + 64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name); /* fits */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)close(fd); /* a test file */
}

static void remove_directory(const char *directory)
{
	static const char *const names[] = {"lock", "stream", "acked", "sent",
		"00000000000000000001.seg", "00000000000000000001.seg.bad"};
	char path[DIRECTORY_SIZE + 64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]); /* fits */
		(void)unlink(path);						  /* or not there */
	}
	must(rmdir(directory) == 0);
}

/* @name gets the bytes. What comes after them is written and read back all the same. */
static void open_spool(const char *name, const uint8_t *data, size_t size)
{
	char directory[DIRECTORY_SIZE] = "/dev/shm/fuzz-spool-XXXXXX";
	struct spool_config config = {.directory = directory, .segment_size = 1 << 20};
	struct buffer state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);
	struct spool_record record;
	struct spool spool;
	uint64_t sequence;
	int r;

	must(mkdtemp(directory) != NULL);
	write_file(directory, name, data, size);
	must(spool_open(&spool, &config, &state) == 0);
	sequence = spool.next_sequence;
	must(sequence >= 1);
	if (sequence < UINT64_MAX - 1 && sequence > spool_acked(&spool)) {
		must(spool_append(&spool, "batch", 5, "state", 5) == 0);
		record.sequence = 0;
		while ((r = spool_next(&spool, &record)) > 0)
			;
		must(r == 0);
		must(record.sequence == sequence && memcmp(record.batch, "batch", 5) == 0);
	}
	for (size_t i = 0; i < spool.segments.count; i++) {
		char path[SEGMENT_NAME_SIZE];

		(void)unlinkat(spool.dirfd, segment_name(path, spool.segments.first[i]), 0);
	}
	spool_close(&spool);
	buffer_release(&state);
	remove_directory(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (!size)
		return 0;
	/* Exactly as large, so that the sanitizer sees a byte too many. */
	bytes = malloc(size - 1 ? size - 1 : 1);
	must(bytes != NULL);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 1)
		mend(bytes, size - 1);
	switch (data[0] >> 1 & 63) {
	case 0:
		open_spool("00000000000000000001.seg", bytes, size - 1);
		break;
	case 1:
		open_spool("stream", bytes, size - 1);
		break;
	case 2:
		open_spool("acked", bytes, size - 1);
		break;
	default:
		find_records(bytes, size - 1);
		read_segment(bytes, size - 1);
		break;
	}
	free(bytes);
	return 0;
}
