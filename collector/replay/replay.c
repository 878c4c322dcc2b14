/* A pass for each sample, windows as the loop would close them, and a spool that nobody sends. */
#include "collector/replay/replay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/replay/tree.h"
#include "collector/spool/dump.h"
#include "collector/tick.h"
#include "collector/window_writer.h"
#include "hubmeter/cleanup.h"

#define PROGRAM	     "hubmeter-collector"
#define CLOCK_SIZE   128
#define PATH_OPTIONS 6

/* How the clocks of the recorded node stood. */
struct moment {
	int64_t boottime_usec, monotonic_usec, realtime_usec;
};

struct replay {
	const struct config *given;
	struct config config; /* the same with paths in the tree; borrows the rest */
	char *path[PATH_OPTIONS];
	size_t n_paths;
	int recordingfd;
	struct dirent **sample;
	int n_samples;
	char directory[PATH_MAX]; /* temporary: tree/ and spool/ */
	char spooling[PATH_MAX + sizeof("/spool")];
	int directoryfd, treefd;
	struct moment now;
	struct clock clock;
	struct meter *meter;
	struct spool spool;
	struct window_writer writer;
	FILE *err;
};

static int64_t realtime_usec(void *context)
{
	return ((const struct moment *)context)->realtime_usec;
}

static int64_t boottime_usec(void *context)
{
	return ((const struct moment *)context)->boottime_usec;
}

static int64_t monotonic_usec(void *context)
{
	return ((const struct moment *)context)->monotonic_usec;
}

static int say(const struct replay *replay, const char *what, const char *name, int error)
{
	fprintf(replay->err, PROGRAM ": %s \"%s/%s\": %s\n", what, replay->given->replay, name,
		error == -ELOOP ? "a symbolic link, or too deep a directory" : strerror(-error));
	return error;
}

static int is_sample(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int open_recording(struct replay *replay)
{
	const char *path = replay->given->replay;

	replay->recordingfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (replay->recordingfd < 0)
		return say(replay, "can't open recording", "", -errno);
	replay->n_samples =
		scandirat(replay->recordingfd, ".", &replay->sample, is_sample, versionsort);
	if (replay->n_samples < 0)
		return say(replay, "can't list recording", "", -errno);
	if (replay->n_samples < 2) {
		fprintf(replay->err,
			PROGRAM ": recording \"%s\" holds %d samples: usage is what happened "
				"between two\n",
			path, replay->n_samples);
		return -ENODATA;
	}
	return 0;
}

static int make_directory(struct replay *replay)
{
	const char *base = getenv("TMPDIR"); /* nothing else runs yet */

	(void)snprintf(replay->directory, sizeof(replay->directory), "%s/hubmeter-replay-XXXXXX",
		base && *base ? base : "/tmp");
	if (!mkdtemp(replay->directory)) {
		fprintf(replay->err, PROGRAM ": can't make \"%s\": %s\n", replay->directory,
			strerror(errno));
		replay->directory[0] = '\0';
		return -errno;
	}
	replay->directoryfd = open(replay->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (replay->directoryfd < 0 || mkdirat(replay->directoryfd, "tree", 0700) < 0)
		return -errno;
	replay->treefd = openat(replay->directoryfd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return replay->treefd < 0 ? -errno : 0;
}

/* An option that is a path is the same path in the tree. */
static int move_into_tree(struct replay *replay, char **option)
{
	char *path;

	if (!**option)
		return 0;
	if (asprintf(&path, "%s/tree/%s", replay->directory, *option) < 0)
		return -ENOMEM;
	replay->path[replay->n_paths++] = path;
	*option = path;
	return 0;
}

static int make_config(struct replay *replay)
{
	struct config *config = &replay->config;
	char **path[PATH_OPTIONS] = {&config->proc, &config->cgroup, &config->docker_root,
		&config->slurm_accounts, &config->sacct_file, &config->command_file};
	static char none[] = "", hub[] = "replay";
	int r = 0;

	*config = *replay->given;
	config->kubelet_url = config->hub_api_url = config->sacct_command = none;
	config->command = config->storage_root = none;
	config->gpu_library = none; /* this machine's */
	if (!*config->hub)
		config->hub = hub;
	for (size_t i = 0; i < PATH_OPTIONS && r == 0; i++)
		r = move_into_tree(replay, path[i]);
	return r;
}

/* The next number in *text, which moves behind it. False: there is none. */
static bool take_usec(const char **text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(*text, &end, 10);
	if (end == *text || errno != 0 || *ret < 0)
		return false;
	*text = end;
	return true;
}

static int read_clock(struct replay *replay, int samplefd)
{
	hm_cleanup(hm_closep) int fd = openat(samplefd, "clock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[CLOCK_SIZE] = "";
	const char *at = text;
	struct moment now;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	if (!take_usec(&at, &now.boottime_usec) || !take_usec(&at, &now.monotonic_usec) ||
		!take_usec(&at, &now.realtime_usec) ||
		now.boottime_usec < replay->now.boottime_usec)
		return -EBADMSG;
	replay->now = now;
	return 0;
}

/* The node as it was in the next sample. */
static int take_sample(struct replay *replay, const char *name)
{
	hm_cleanup(hm_closep) int samplefd =
		openat(replay->recordingfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	hm_cleanup(hm_closep) int rootfd = -1;
	int r;

	if (samplefd < 0)
		return say(replay, "can't open sample", name, -errno);
	r = read_clock(replay, samplefd);
	if (r < 0)
		return say(replay, "no clock that goes on in sample", name, r);
	rootfd = openat(samplefd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rootfd < 0)
		return say(replay, "no root in sample", name, -errno);
	r = tree_follow(rootfd, replay->treefd);
	return r < 0 ? say(replay, "can't take over sample", name, r) : 0;
}

static int start_metering(struct replay *replay, const struct source_ops *const *sources)
{
	struct buffer state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);
	struct spool_config spooling = {
		.directory = replay->spooling, .segment_size = replay->given->spool_segment_size};
	int r;

	(void)snprintf(replay->spooling, sizeof(replay->spooling), "%s/spool", replay->directory);
	r = meter_new(&replay->config, &replay->clock, sources, &replay->meter);
	if (r < 0)
		return say(replay, "can't meter what is in", replay->sample[0]->d_name, r);
	r = spool_open(&replay->spool, &spooling, &state);
	buffer_release(&state);
	if (r < 0) {
		meter_free(replay->meter);
		return say(replay, "can't spool what is in", replay->sample[0]->d_name, r);
	}
	window_writer_init(&replay->writer, replay->meter, &replay->spool);
	return 0;
}

static void end_metering(struct replay *replay)
{
	window_writer_release(&replay->writer);
	spool_close(&replay->spool);
	meter_free(replay->meter);
}

static int meter_sample(struct replay *replay, int index, int64_t *window)
{
	const char *name = replay->sample[index]->d_name;
	int64_t interval = replay->given->publish_interval, now;
	int r = index == 0 ? 0 : take_sample(replay, name); /* the first one is there */

	if (r < 0)
		return r;
	r = meter_pass(replay->meter);
	if (r < 0)
		return say(replay, "can't meter sample", name, r);
	now = tick_number(replay->now.realtime_usec, interval);
	if (index > 0 && (now != *window || index == replay->n_samples - 1))
		r = window_writer_write(&replay->writer); /* it logged */
	*window = now;
	return r;
}

static int meter_samples(struct replay *replay, FILE *out)
{
	int64_t window = 0;
	int r = 0;

	for (int i = 0; i < replay->n_samples && r == 0; i++)
		r = meter_sample(replay, i, &window);
	if (r < 0)
		return r;
	return dump_spool(replay->spooling, replay->given->rows, out, replay->err);
}

static void release(struct replay *replay)
{
	for (int i = 0; i < replay->n_samples; i++)
		free(replay->sample[i]);
	free(replay->sample);
	for (size_t i = 0; i < replay->n_paths; i++)
		free(replay->path[i]);
	if (replay->directoryfd >= 0) {
		(void)tree_clear(replay->directoryfd); /* what is left is seen in TMPDIR */
		(void)rmdir(replay->directory);
	}
	hm_closep(&replay->treefd);
	hm_closep(&replay->directoryfd);
	hm_closep(&replay->recordingfd);
}

int replay(
	const struct config *config, const struct source_ops *const *sources, FILE *out, FILE *err)
{
	struct replay replay = {
		.given = config, .recordingfd = -1, .directoryfd = -1, .treefd = -1, .err = err};
	int r;

	replay.clock = (struct clock){realtime_usec, boottime_usec, monotonic_usec, &replay.now};
	r = open_recording(&replay);
	if (r == 0)
		r = make_directory(&replay);
	if (r == 0)
		r = make_config(&replay);
	if (r == 0)
		r = take_sample(&replay, replay.sample[0]->d_name);
	if (r == 0)
		r = start_metering(&replay, sources);
	if (r == 0) {
		r = meter_samples(&replay, out);
		end_metering(&replay);
	}
	release(&replay);
	return r;
}
