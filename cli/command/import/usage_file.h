/*
 * From a CSV file to a sorted set of usage intervals. Pure: the file is in memory, the clock an
 * argument.
 *
 * Invariant: the whole file was understood, every line of it is possible, and none contradicts
 * another, or it is refused with all that is wrong.
 */
#ifndef CLI_COMMAND_IMPORT_USAGE_FILE_H
#define CLI_COMMAND_IMPORT_USAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/format/input_errors.h"
#include "common/interval_set.h"

/*
 * Add everything in @data to the new @set and sort it. Usage must have begun at most ten years
 * before @now_usec (UTC) and ended by then. -EBADMSG: @errors has said what is wrong; -ENOMEM.
 */
int usage_file_parse(const char *data, size_t size, int64_t now_usec, struct interval_set *set,
	struct input_errors *errors);

#endif
