/*
 * The state behind a window, as bytes: what a restarted collector must know to go on exactly
 * there.
 *
 *	magic u32 | format u32 | node snapshot | window | section* | end u32 (0)
 *	section:  name | version u32 | length u32 | that many bytes
 *
 * Invariants
 *  - What is written is the state after a commit of the closed window, or the state as it is if
 *    none is closed.
 *  - Reading never trusts: lengths and counts are checked, -EBADMSG leaves the outputs untouched.
 *    (That the bytes are those written is the spool's CRC's business.)
 *  - A section belongs to the source of its name; nothing here looks into it. One whose source is
 *    not known (yet, or any more) is still a section, so that its owner can find it again.
 */
#ifndef COLLECTOR_METER_CHECKPOINT_H
#define COLLECTOR_METER_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/node_sample.h"
#include "collector/meter/window.h"
#include "common/buffer.h"

/* Everything before the sections. On failure @buffer is as it was. */
int checkpoint_save(
	const struct window *window, const struct node_snapshot *snapshot, struct buffer *buffer);

/* Start a section, append its bytes to @buffer, then close it with what was returned in *ret. */
int checkpoint_open_section(
	struct buffer *buffer, const char *name, uint32_t version, size_t *ret_mark);
void checkpoint_close_section(struct buffer *buffer, size_t mark);

/* Behind the last section. */
int checkpoint_finish(struct buffer *buffer);

/*
 * @ret_window comes empty; the caller releases it. *ret_sections borrows @data and is whole.
 * -EBADMSG, -ENOMEM.
 */
int checkpoint_restore(const void *data, size_t size, struct window *ret_window,
	struct node_snapshot *ret_snapshot, struct cursor *ret_sections);

/* All of it borrows the state. */
struct checkpoint_section {
	const char *name;
	uint32_t version;
	const unsigned char *data;
	size_t size;
	const unsigned char *whole; /* with its name and length, to be kept as it is */
	size_t whole_size;
};

/* The next one of what checkpoint_restore() returned; false: there is none. */
bool checkpoint_next_section(struct cursor *sections, struct checkpoint_section *ret);

#endif
