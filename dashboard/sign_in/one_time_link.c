/* The file is written beside its name and renamed, because whoever reads it must not see half. */
#include "dashboard/sign_in/one_time_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "hubmeter/cleanup.h"

#define LINK_PATH "sign-in?once="
#define LOOKED_AT 4096 /* bytes */

void one_time_link_init(struct one_time_link *link, const char *file)
{
	*link = (struct one_time_link){.file = file, .lock = PTHREAD_MUTEX_INITIALIZER};
}

static int write_all(int fd, const char *text)
{
	size_t size = strlen(text);

	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int write_new_file(const char *path, const char *text)
{
	hm_cleanup(hm_closep) int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : write_all(fd, text);
}

static bool holds_link(int fd)
{
	char text[LOOKED_AT + 1];
	ssize_t n = read(fd, text, LOOKED_AT);

	if (n <= 0)
		return n == 0; /* nothing is lost */
	text[n] = '\0';
	return strncmp(text, "http", 4) == 0 && strstr(text, LINK_PATH);
}

/* A wrong name must not cost what stands there: a device, or somebody's work. Ours goes, and a way
 * to a file elsewhere, which is not followed. */
static int check_place(const char *path)
{
	hm_cleanup(hm_closep) int fd = -1;
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(status.st_mode))
		return 0;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EEXIST;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return holds_link(fd) ? 0 : -EEXIST;
}

static int replace_file(const char *path, const char *text)
{
	hm_cleanup(hm_freep) char *beside = NULL;
	char unique[CRYPTO_TEXT_SIZE];
	int r = check_place(path);

	if (r == 0)
		r = crypto_secret(unique);
	if (r < 0)
		return r;
	if (asprintf(&beside, "%s.%.16s", path, unique) < 0) {
		beside = NULL;
		return -ENOMEM;
	}
	r = write_new_file(beside, text);
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0 && r != -EEXIST)
		(void)unlink(beside); /* what is left of it is no link that works */
	return r;
}

/* The link counts from the moment that it stands in the file. */
static int renew(struct one_time_link *link)
{
	hm_cleanup(hm_freep) char *text = NULL;
	char secret[CRYPTO_TEXT_SIZE];
	int r = crypto_secret(secret);

	link->secret[0] = '\0';
	if (r < 0)
		return r;
	if (asprintf(&text, "%s" LINK_PATH "%s\n", link->base, secret) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	r = replace_file(link->file, text);
	if (r == 0)
		memcpy(link->secret, secret, sizeof(secret));
	return r;
}

int one_time_link_write(struct one_time_link *link, const char *base)
{
	char *copy = strdup(base);
	int r;

	if (!copy)
		return -ENOMEM;
	(void)pthread_mutex_lock(&link->lock); /* fails for broken mutexes only */
	free(link->base);
	link->base = copy;
	r = renew(link);
	(void)pthread_mutex_unlock(&link->lock);
	return r;
}

static bool matches(const struct one_time_link *link, const char *secret)
{
	return strlen(secret) == CRYPTO_TEXT_SIZE - 1 && *link->secret &&
	       crypto_equal(secret, link->secret, CRYPTO_TEXT_SIZE);
}

static void log_failure(const struct one_time_link *link, int r)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_ERROR, "sign_in_link_not_written", "file=%s reason=\"%s\"",
		log_quote(quoted, link->file), strerror(-r));
}

bool one_time_link_open(struct one_time_link *link, const char *secret)
{
	bool is_right;
	int r = 0;

	(void)pthread_mutex_lock(&link->lock);
	is_right = matches(link, secret);
	/* Where there is none, the last attempt to write one failed: a full disk may be mended. */
	if (link->base && (is_right || !*link->secret))
		r = renew(link);
	(void)pthread_mutex_unlock(&link->lock);
	if (r < 0)
		log_failure(link, r);
	return is_right;
}

void one_time_link_release(struct one_time_link *link)
{
	free(link->base);
	(void)pthread_mutex_destroy(&link->lock);
}
