/*
 * Between a hub's name and its topic, usage.<hub>.v1. Pure.
 *
 * A hub's name has no dot: access rules are prefixes that end with the delimiter (usage.<hub>.),
 * and with dots inside one hub's prefix could cover another hub's topic.
 */
#ifndef COMMON_TOPIC_NAME_H
#define COMMON_TOPIC_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define TOPIC_NAME_SIZE 256 /* Kafka allows 249 characters */
#define HUB_NAME_MAX	200

/* Letters, digits, - and _, the first a letter or digit, at most HUB_NAME_MAX. */
bool hub_name_valid(const char *hub);

/* The topic of a valid @hub. */
void topic_name_make(const char *hub, char ret[TOPIC_NAME_SIZE]);

/* The hub of usage.<hub>.v1 in @ret_hub. False: no such topic. */
bool topic_name_hub(const char *topic, char ret_hub[TOPIC_NAME_SIZE]);

#endif
