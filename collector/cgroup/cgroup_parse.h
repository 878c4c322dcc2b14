/*
 * Parsers of the files of a cgroup. Pure: bytes in, values out; nothing is read behind @size.
 * -EBADMSG: not such a file, or cut short. Numbers that do not fit are refused, never wrapped.
 */
#ifndef COLLECTOR_CGROUP_CGROUP_PARSE_H
#define COLLECTOR_CGROUP_CGROUP_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* One number and a newline: cpuacct.usage, memory.current, memory.usage_in_bytes. */
int cgroup_parse_number(const char *data, size_t size, uint64_t *ret);

/* The number behind @key and a space at the start of some line: cpu.stat, memory.stat, ... */
int cgroup_parse_key(const char *data, size_t size, const char *key, uint64_t *ret);

#endif
