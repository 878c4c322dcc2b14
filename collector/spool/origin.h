/*
 * Where a spool is written: the machine and its boot, as digests of the files in which the system
 * names them, and the name of the node in what is written. All zero: not known, and then nothing is
 * concluded from it.
 */
#ifndef COLLECTOR_SPOOL_ORIGIN_H
#define COLLECTOR_SPOOL_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#define SPOOL_ORIGIN_SIZE     16
#define SPOOL_MACHINE_ID_PATH "/etc/machine-id"
#define SPOOL_BOOT_ID_PATH    "sys/kernel/random/boot_id" /* below /proc */

struct spool_origin {
	uint8_t machine[SPOOL_ORIGIN_SIZE];
	uint8_t boot[SPOOL_ORIGIN_SIZE];
	uint8_t node[SPOOL_ORIGIN_SIZE];
};

/* A file that can't be read or is empty, as in many containers, names nobody. */
void spool_origin_read(
	const char *machine_id_path, const char *proc, const char *node, struct spool_origin *ret);

/* Whether both are known and differ. */
bool spool_origin_differs(const uint8_t a[SPOOL_ORIGIN_SIZE], const uint8_t b[SPOOL_ORIGIN_SIZE]);

#endif
