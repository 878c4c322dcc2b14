/* What a shell would do, for programs. */
#include "tests/support/private_postgres.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SKIPPED 77

/* Output of a services command; its exit status. */
static int services(
	const struct private_postgres *postgres, const char *command, char *ret, size_t size)
{
	char line[512];
	FILE *pipe;
	size_t n;

	(void)snprintf(line, sizeof(line),
		"%s/deploy/local/services %s --postgres-only --no-sync --dir %s </dev/null",
		TEST_SOURCE_DIR, command, postgres->directory);
	pipe = popen(line, "re");
	if (!pipe)
		return -errno;
	n = fread(ret, 1, size - 1, pipe);
	ret[n] = '\0';
	return pclose(pipe);
}

void private_postgres_start(struct private_postgres *postgres)
{
	char output[1024];
	const char *at;

	(void)snprintf(postgres->directory, sizeof(postgres->directory), "/tmp/hubmeter-pg-XXXXXX");
	if (!mkdtemp(postgres->directory) || chmod(postgres->directory, 0755) < 0)
		abort();
	if (services(postgres, "start", output, sizeof(output)) != 0)
		_exit(SKIPPED);
	at = strstr(output, "port=");
	if (!at)
		abort();
	(void)snprintf(postgres->port, sizeof(postgres->port), "%.*s",
		(int)strspn(at + 5, "0123456789"), at + 5);
}

int private_postgres_stop(struct private_postgres *postgres)
{
	char output[1024];

	return services(postgres, "clean", output, sizeof(output)) == 0 ? 0 : -1;
}

void private_postgres_conninfo(
	const struct private_postgres *postgres, const char *user, char *ret, size_t size)
{
	(void)snprintf(
		ret, size, "host=127.0.0.1 port=%s dbname=hubmeter user=%s", postgres->port, user);
}
