/*
 * Digests, because machine-id(5) asks that the id itself is not given to others, and a spool may be
 * sent to somebody.
 */
#include "collector/spool/origin.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sha256.h"
#include "hubmeter/cleanup.h"

#define PURPOSE	   "hubmeter spool"
#define ID_MAX	   256
#define PATH_LIMIT 4096

static void put_digest(const void *id, size_t size, uint8_t ret[SPOOL_ORIGIN_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, PURPOSE, sizeof(PURPOSE));
	sha256_add(&sha, id, size);
	sha256_end(&sha, digest);
	memcpy(ret, digest, SPOOL_ORIGIN_SIZE);
}

static void digest_file(const char *path, uint8_t ret[SPOOL_ORIGIN_SIZE])
{
	hm_cleanup(hm_closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char id[ID_MAX];
	ssize_t n;

	memset(ret, 0, SPOOL_ORIGIN_SIZE);
	n = fd < 0 ? -1 : read(fd, id, sizeof(id));
	if (n <= 1) /* nothing, or an empty line */
		return;
	put_digest(id, (size_t)n, ret);
}

void spool_origin_read(
	const char *machine_id_path, const char *proc, const char *node, struct spool_origin *ret)
{
	char path[PATH_LIMIT];
	int n = snprintf(path, sizeof(path), "%s/" SPOOL_BOOT_ID_PATH, proc);

	digest_file(machine_id_path, ret->machine);
	digest_file(n < (int)sizeof(path) ? path : "", ret->boot);
	put_digest(node, strlen(node), ret->node);
}

bool spool_origin_differs(const uint8_t a[SPOOL_ORIGIN_SIZE], const uint8_t b[SPOOL_ORIGIN_SIZE])
{
	static const uint8_t unknown[SPOOL_ORIGIN_SIZE];

	return memcmp(a, unknown, SPOOL_ORIGIN_SIZE) != 0 &&
	       memcmp(b, unknown, SPOOL_ORIGIN_SIZE) != 0 && memcmp(a, b, SPOOL_ORIGIN_SIZE) != 0;
}
