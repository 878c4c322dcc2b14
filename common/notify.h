/*
 * Telling the service manager how it is going: sd_notify(3)'s protocol, a datagram to the socket
 * that NOTIFY_SOCKET names. Where nobody asks, nothing happens.
 *
 * Life cycle: notify_state("READY=1") when the work begins -> notify_state("WATCHDOG=1") every
 * notify_watchdog_usec() -> notify_state("STOPPING=1").
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "STATUS=...". 0, also when nobody asks; -EINVAL: NOTIFY_SOCKET names no
 * socket; or why it was not sent. */
int notify_state(const char *state);

/*
 * Half the time within which the manager wants to hear of this process, or else ends it; 0: it does
 * not.
 */
int64_t notify_watchdog_usec(void);

#endif
