/*
 * A spool as text, for operators and tests: one tab-separated line a record, or a workload row,
 * behind a header line. Only reads, takes no lock, and may run beside the collector: records that
 * are acknowledged and deleted meanwhile may be missing.
 *
 * Text from batches is escaped: \t \n \\ and \xNN for other control bytes.
 */
#ifndef COLLECTOR_SPOOL_DUMP_H
#define COLLECTOR_SPOOL_DUMP_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Records that hold no sound batch are named on @err, and so are how many were refused and the
 * error that ended the listing, which is returned: of the spool, or of @out.
 */
int dump_spool(const char *directory, bool rows, FILE *out, FILE *err);

#endif
