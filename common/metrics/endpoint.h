/*
 * GET /metrics, answered by a thread of its own with the page that was published last, so that a
 * program that waits for something is seen to wait. The only user of libmicrohttpd in common/,
 * which is loaded by endpoint_new() (httpd.h).
 *
 * Invariants
 *  - Who asks never waits for the program, and the program for nobody who asks: no lock of ours is
 *    taken on the way.
 *  - Nothing but GET and HEAD of /metrics has another answer than an error.
 *
 * Life cycle: endpoint_new() -> endpoint_publish()* -> endpoint_free(), which waits for answers
 * under way.
 *
 * There is neither TLS nor a password: figures name hubs, and an address that others reach is the
 * operator's choice (docs/metrics.md).
 */
#ifndef COMMON_METRICS_ENDPOINT_H
#define COMMON_METRICS_ENDPOINT_H

#include <stdint.h>

#include "common/metrics/page.h"

struct endpoint;

/*
 * Listen at @address, see common/listen_address.h. -EINVAL: no such address; -EADDRINUSE,
 * -EACCES, ...: it is not to be had; -ELIBACC, -ELIBBAD: libmicrohttpd is not; -ENOMEM.
 */
int endpoint_new(const char *address, struct endpoint **ret);

/* What that means, for people. */
const char *endpoint_error_text(int error);

/* Where it listens: of interest where the system chose. */
uint16_t endpoint_port(const struct endpoint *endpoint);

/* From now on @page is the answer. It is copied. A page that is not whole changes nothing. */
void endpoint_publish(struct endpoint *endpoint, const struct page *page);

void endpoint_free(struct endpoint *endpoint);

#endif
