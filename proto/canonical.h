/*
 * Batches as our own encoder writes them, decoded without protobuf-c, which has no knowledge of the
 * order, counts fields before it reads them and reads numbers byte by byte.
 *
 * Canonical is a message whose
 *  - fields stand in ascending order, each at most once and none unknown; the dictionary's entries
 *    follow one another, in their place or at the end;
 *  - identity, node row and dictionary are there, ids of their size, texts UTF-8 without NUL and no
 *    longer than they may be;
 *  - columns are packed, with one element per row or left out, each element below 2^56;
 *  - numbers, tags and lengths have no more bytes or bits than their type (a number may be longer
 *    than it must, as its value is beyond doubt; a tag or length may not).
 *
 * Invariants
 *  - About anything else nothing is said: protobuf-c decides, so what is refused and why is the
 *    same with and without this file. A canonical message is never malformed.
 *  - Nothing is read past the message, and nothing allocated but from the arena.
 */
#ifndef PROTO_CANONICAL_H
#define PROTO_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "hubmeter/usage.h"

/*
 * Whether @data is canonical and fits into @arena: then *ret is the batch that protobuf-c would
 * find, in @arena, all of it still to be validated. If not, *ret and @arena are as before.
 */
bool hm_canonical_decode(struct arena *arena, const void *data, size_t size, struct hm_batch *ret);

#endif
