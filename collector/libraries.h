/* What --version says beside our own version. */
#ifndef COLLECTOR_LIBRARIES_H
#define COLLECTOR_LIBRARIES_H

/* "librdkafka 2.0.2, libuv 1.44.2" */
const char *libraries(void);

#endif
