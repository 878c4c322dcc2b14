/*
 * The date of an encoded batch, read and changed without decoding the rest.
 *
 * Of a field that may be there once protobuf takes the last one, so a batch is dated anew by bytes
 * behind its end.
 */
#ifndef PROTO_REDATE_H
#define PROTO_REDATE_H

#include <stddef.h>
#include <stdint.h>

#include "hubmeter/usage.h"

#define HM_REDATE_SIZE 11u /* bytes that a new date takes, at most */

struct hm_date {
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	int64_t window_start_usec;
	int64_t window_end_usec;
	int64_t window_end_boottime_usec; /* 0: not known */
};

/* -EBADMSG: not a batch, or one without a boot id. */
int hm_date_read(const void *batch, size_t size, struct hm_date *ret);

/* What to append to a batch whose window is to start then. Returns the bytes. */
size_t hm_date_append(int64_t window_start_usec, uint8_t ret[HM_REDATE_SIZE]);

#endif
