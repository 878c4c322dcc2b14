/* What can be told to be wrong before anything is opened is refused here. */
#include "collector/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/source/storage/home_name.h"
#include "collector/source/storage/roots.h"
#include "common/listen_address.h"
#include "common/topic_name.h"

#define PROGRAM		       "hubmeter-collector"
#define NODE_MAX	       253
#define CLASS_MAX	       255
#define MIN_INTERVAL_USEC      100000LL
#define MAX_INTERVAL_USEC      (3600LL * 1000 * 1000)
#define MIN_SACCT_USEC	       (10LL * 1000 * 1000)
#define DAY_USEC	       (86400LL * 1000 * 1000)
#define SACCT_FIELD_MAX	       40
#define MIN_STORAGE_USEC       (10LL * 1000 * 1000)
#define MAX_ENTRIES_PER_SECOND 1000000u
#define MIN_SEGMENT_SIZE       4096u
#define MAX_SEGMENT_SIZE       (64u * 1024 * 1024)

static const struct option_descriptor descriptors[] = {
#define OPTION(name_, type_, default_, reloadable_, metavar_, help_)                               \
	{.name = #name_,                                                                           \
		.type = OPTION_TYPE_##type_,                                                       \
		.default_value = default_,                                                         \
		.reloadable = reloadable_,                                                         \
		.metavar = metavar_,                                                               \
		.help = help_,                                                                     \
		.offset = offsetof(struct config, name_)},
#include "collector/options.def"
#undef OPTION
};

static struct option_set option_set(const char *(*libraries)(void))
{
	return (struct option_set){
		.program = PROGRAM,
		.summary =
			"Meter the servers of a JupyterHub on this machine and send their usage to Kafka.",
		.synopsis = "[OPTION]...",
		.descriptor = descriptors,
		.count = sizeof(descriptors) / sizeof(*descriptors),
		.pairs_offset = offsetof(struct config, kafka),
		.libraries = libraries,
	};
}

static bool is_one_of(char c, const char *others)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(others, c));
}

bool config_node_is_valid(const char *node)
{
	size_t size = strlen(node);

	if (size == 0 || size > NODE_MAX || strchr("._:-", node[0]))
		return false;
	for (size_t i = 0; i < size; i++) {
		bool is_upper = node[i] >= 'A' && node[i] <= 'Z';

		if (!is_upper && !is_one_of(node[i], "._:-"))
			return false;
	}
	return true;
}

static int __attribute__((format(printf, 2, 3))) refuse(FILE *err, const char *format, ...)
{
	va_list args;

	fputs(PROGRAM ": ", err);
	va_start(args, format);
	(void)vfprintf(err, format, args); /* nobody is left to be told */
	va_end(args);
	fputs("\nTry --help\n", err);
	return -1;
}

static int check_interval(FILE *err, const char *name, int64_t usec)
{
	if (usec >= MIN_INTERVAL_USEC && usec <= MAX_INTERVAL_USEC)
		return 0;
	return refuse(err, "option \"%s\": not between 100ms and 1h", name);
}

static int check_intervals(const struct config *config, FILE *err)
{
	if (check_interval(err, "sample_interval", config->sample_interval) < 0 ||
		check_interval(err, "publish_interval", config->publish_interval) < 0 ||
		check_interval(err, "memory_interval", config->memory_interval) < 0)
		return -1;
	if (config->publish_interval < config->sample_interval)
		return refuse(err, "option \"publish_interval\": shorter than sample_interval");
	if (config->shutdown_timeout < 0)
		return refuse(err, "option \"shutdown_timeout\": negative");
	return 0;
}

/* The host name is the default of `node`; it can't be written into a table. */
static int fill_node(struct config *config, FILE *err)
{
	char name[NODE_MAX + 2] = "";
	char *copy;

	if (*config->node)
		return 0;
	if (gethostname(name, sizeof(name) - 1) < 0 || !(copy = strdup(name)))
		return refuse(err, "option \"node\": the host name can't be read, so give a name");
	free(config->node);
	config->node = copy;
	return 0;
}

static int check_command(const struct config *config, FILE *err)
{
	if (*config->command && *config->command_file)
		return refuse(err, "option \"command_file\": not together with command");
	if (strcmp(config->command_format, "csv") != 0 &&
		strcmp(config->command_format, "jsonl") != 0)
		return refuse(err, "option \"command_format\": \"%s\" is neither csv nor jsonl",
			config->command_format);
	if (config->command_timeout < MIN_INTERVAL_USEC ||
		config->command_timeout > MAX_INTERVAL_USEC)
		return refuse(err, "option \"command_timeout\": not between 100ms and 1h");
	return 0;
}

static bool is_field(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= SACCT_FIELD_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == size;
}

static int check_sacct(const struct config *config, FILE *err)
{
	if (*config->sacct_command && *config->sacct_file)
		return refuse(err, "option \"sacct_file\": not together with sacct_command");
	if (!is_field(config->sacct_tag))
		return refuse(err, "option \"sacct_tag\": \"%s\" is not 1 to 40 letters",
			config->sacct_tag);
	if (strlen(config->sacct_class) > CLASS_MAX)
		return refuse(err, "option \"sacct_class\": more than 255 bytes");
	if (config->sacct_interval < MIN_SACCT_USEC || config->sacct_interval > DAY_USEC)
		return refuse(err, "option \"sacct_interval\": not between 10s and 1d");
	return 0;
}

/* A mistake would show as a kubelet that never answers. */
static int check_kubelet(const struct config *config, FILE *err)
{
	const char *url = config->kubelet_url;

	if (*url && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return refuse(err,
			"option \"kubelet_url\": \"%s\" begins with neither https:// nor "
			"http://",
			url);
	if (*url && !*config->kubelet_fetch)
		return refuse(err, "option \"kubelet_fetch\": no program");
	return 0;
}

/* On a machine of many people any of them may answer where nothing proves who does. */
static int check_hub_api(const struct config *config, FILE *err)
{
	const char *url = config->hub_api_url;

	if (!*url)
		return 0;
	if (strncmp(url, "https://", 8) != 0)
		return refuse(
			err, "option \"hub_api_url\": \"%s\" does not begin with https://", url);
	if (!*config->hub_api_token)
		return refuse(err, "option \"hub_api_token\": no file: the hub tells nobody "
				   "without a token");
	if (!*config->kubelet_fetch)
		return refuse(err, "option \"kubelet_fetch\": no program");
	return 0;
}

static int check_slurm(const struct config *config, FILE *err)
{
	if (!*config->slurm_accounts)
		return 0;
	if (*config->slurm_accounts != '/')
		return refuse(err, "option \"slurm_accounts\": \"%s\" does not begin with /",
			config->slurm_accounts);
	if (*config->sacct_command || *config->sacct_file)
		return refuse(err, "option \"slurm_accounts\": not together with sacct_command or "
				   "sacct_file, or jobs are counted twice");
	return 0;
}

static int check_storage(const struct config *config, FILE *err)
{
	int r = roots_count(config->storage_root);

	if (r == -EINVAL)
		return refuse(err, "option \"storage_root\": a directory does not begin with /");
	if (r < 0)
		return refuse(err, "option \"storage_root\": more than %u directories", ROOTS_MAX);
	if (!home_templates_are_valid(config->storage_home))
		return refuse(err,
			"option \"storage_home\": not names with one {username} or {escaped} each");
	if (config->storage_interval < MIN_STORAGE_USEC || config->storage_interval > DAY_USEC)
		return refuse(err, "option \"storage_interval\": not between 10s and 1d");
	if (config->storage_walk_entries_per_second < 1 ||
		config->storage_walk_entries_per_second > MAX_ENTRIES_PER_SECOND)
		return refuse(err, "option \"storage_walk_entries_per_second\": not between 1 and "
				   "1000000");
	return 0;
}

static int check_metrics(const struct config *config, FILE *err)
{
	struct sockaddr_storage address;

	if (*config->metrics_listen && listen_address_parse(config->metrics_listen, &address) < 0)
		return refuse(err,
			"option \"metrics_listen\": \"%s\" is not an address and a port, as in "
			"127.0.0.1:9465",
			config->metrics_listen);
	return 0;
}

static int check(struct config *config, FILE *err)
{
	if (*config->dump_spool)
		return 0;
	if (config->rows && !*config->replay)
		return refuse(err, "option \"rows\": only together with dump_spool or replay");
	if (!config->explain && !*config->replay && !hub_name_valid(config->hub))
		return refuse(err,
			"option \"hub\": \"%s\" is not 1 to 200 letters, digits, - or _ with a "
			"letter or digit first",
			config->hub);
	if (fill_node(config, err) < 0)
		return -1;
	if (!config_node_is_valid(config->node))
		return refuse(err,
			"option \"node\": \"%s\" is not 1 to 253 of A-Z a-z 0-9 . _ : - with "
			"a letter or digit first",
			config->node);
	if (!*config->resource_class || strlen(config->resource_class) > CLASS_MAX)
		return refuse(err, "option \"resource_class\": not 1 to 255 bytes");
	if (config->spool_segment_size < MIN_SEGMENT_SIZE ||
		config->spool_segment_size > MAX_SEGMENT_SIZE)
		return refuse(err, "option \"spool_segment_size\": not between 4KiB and 64MiB");
	if (config->spool_max_size / 4 < config->spool_segment_size)
		return refuse(
			err, "option \"spool_max_size\": less than 4 times spool_segment_size");
	if (check_command(config, err) < 0 || check_sacct(config, err) < 0 ||
		check_kubelet(config, err) < 0 || check_hub_api(config, err) < 0 ||
		check_slurm(config, err) < 0 || check_storage(config, err) < 0 ||
		check_metrics(config, err) < 0)
		return -1;
	return check_intervals(config, err);
}

enum option_action config_parse(struct config *config, int argc, char **argv,
	const char *(*libraries)(void), FILE *out, FILE *err)
{
	struct option_set set = option_set(libraries);
	enum option_action action;
	int word;

	action = options_parse(&set, config, argc, argv, out, err, &word);
	if (action != OPTION_ACTION_RUN)
		return action;
	if (word < argc) {
		(void)refuse(err, "unexpected argument \"%s\"", argv[word]);
		action = OPTION_ACTION_EXIT_USAGE;
	} else if (check(config, err) < 0) {
		action = OPTION_ACTION_EXIT_USAGE;
	}
	if (action != OPTION_ACTION_RUN)
		config_release(config);
	return action;
}

static enum option_action parse_again(void *config, int argc, char **argv, FILE *out, FILE *err)
{
	return config_parse(config, argc, argv, NULL, out, err);
}

int config_reread(struct config *config, int argc, char **argv)
{
	const struct option_reading reading = {parse_again, argc, argv};
	struct option_set set = option_set(NULL);
	struct config fresh = {0};

	return options_reread(&set, &reading, config, &fresh);
}

void config_release(struct config *config)
{
	struct option_set set = option_set(NULL);

	options_release(&set, config);
}
