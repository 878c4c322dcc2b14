/*
 * Latin letters without their marks: what a ledger that knows ASCII alone gets of a name. Pure.
 *
 *	"Zoë Łukasz – “Größe”"  ->  "Zoe Lukasz - "Grosse""
 *
 * Letters of Latin-1 and Latin Extended-A (to U+017F) give their base letters, some of them two
 * (ß ss, Æ AE); typographic blanks, dashes, quotes and the ellipsis give what a typewriter has.
 * Nothing is guessed: whatever else there is has no equivalent.
 */
#ifndef CLI_JOURNAL_LATIN_H
#define CLI_JOURNAL_LATIN_H

#include <stdint.h>

/* The ASCII for @code, which is none itself, at most 3 characters; NULL: there is none. */
const char *latin_ascii(uint32_t code);

#endif
