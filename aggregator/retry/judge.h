/*
 * By which time the windows of a message in quarantine are judged, and a payload dated anew. Pure.
 *
 * It is judged by when it was written, as if it came today: how long it was in quarantine does not
 * make it older. A broker's time (LogAppendTime) is beyond doubt. A producer's is that of the
 * node's clock, so where that was wrong, which is what a shift says, it is worth nothing; nor has
 * every message one. Then it is judged by when it was refused, by the database's clock: it was
 * written before that.
 */
#ifndef AGGREGATOR_RETRY_JUDGE_H
#define AGGREGATOR_RETRY_JUDGE_H

#include <stdint.h>

#include "aggregator/store/quarantine.h"

struct record_time judge_time(const struct store_quarantined *message, int64_t shift_usec);

/*
 * Add @shift_usec to the times of the windows of @message. -EBADMSG: it has none, or cannot be
 * dated so; -ENOMEM.
 */
int judge_redate(struct store_quarantined *message, int64_t shift_usec);

#endif
