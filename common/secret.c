/* The file is looked at after it was opened, so that nobody changes it in between. */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define REFUSED_BITS (S_IWGRP | S_IRWXO)

static int fail(int r, const char *path, const char *reason, char *error, size_t size)
{
	(void)snprintf(error, size, "%s: %s", path, reason);
	return r;
}

/* It goes into a header: blanks and control characters would be more than a token. */
static const char *secret_fault(const char *secret)
{
	if (!*secret)
		return "is empty";
	for (const char *c = secret; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return "is not one token: has a blank or a character that is not ASCII";
	}
	return NULL;
}

static int read_secret(int fd, char secret[SECRET_SIZE_MAX])
{
	ssize_t n = read(fd, secret, SECRET_SIZE_MAX);

	if (n < 0)
		return -errno;
	if (n == SECRET_SIZE_MAX)
		return -E2BIG;
	secret[n] = '\0';
	secret[strcspn(secret, "\r\n")] = '\0';
	return 0;
}

int secret_read(const char *path, char secret[SECRET_SIZE_MAX], char *error, size_t error_size)
{
	hm_cleanup(hm_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return fail(-errno, path, strerror(errno), error, error_size);
	if (S_ISREG(status.st_mode) && status.st_mode & REFUSED_BITS)
		return fail(-EACCES, path,
			"others can read or write it: make it readable by its owner alone "
			"(chmod 600), and the token anew",
			error, error_size);
	r = read_secret(fd, secret);
	if (r < 0)
		return fail(r, path, strerror(-r), error, error_size);
	if (secret_fault(secret))
		return fail(-EBADMSG, path, secret_fault(secret), error, error_size);
	return 0;
}
