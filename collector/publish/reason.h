/*
 * Why a connection failed, for people: what librdkafka says, without how long it was in which
 * state, and what to do about keys where Kafka or OpenSSL only have a code for it. Pure.
 */
#ifndef COLLECTOR_PUBLISH_REASON_H
#define COLLECTOR_PUBLISH_REASON_H

#define REASON_SIZE 512

void reason_make(const char *text, char ret[REASON_SIZE]);

#endif
