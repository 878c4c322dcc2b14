/*
 * Why a connection failed, for people: what librdkafka says, without how long it was in which
 * state, and what to do about keys where Kafka or OpenSSL only have a code for it. Pure.
 */
#ifndef COLLECTOR_PUBLISH_REASON_H
#define COLLECTOR_PUBLISH_REASON_H

#define REASON_SIZE 512

void reason_make(const char *text, char ret[REASON_SIZE]);

/* The same of what Kafka answered, an error of librdkafka's. */
const char *reason_of_error(int error);

#endif
