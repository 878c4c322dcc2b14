/*
 * generate BOOTSTRAP LEDGER --seed=N --day=N [--interval=MSEC]
 *
 * Stands in for the collectors of several hubs: sends batches of usage to usage.<hub>.v1 until told
 * to end, and writes down whatever it sent. What it does beside steady batches is said by lines on
 * stdin, each answered by "ok" when it is done:
 *
 *	hub HUB PARTITIONS NODES ROWS   a hub whose topic exists
 *	go                              send steadily, every MSEC one batch of a random node
 *	replay HUB N                    a node sends its last batches again
 *	gap HUB                         a node numbers a few batches that never come
 *	reorder HUB                     a node's next batch comes after the three that follow it
 *	garbage HUB N                   what nobody can decode, and batches that name another hub
 *	clone HUB                       another node begins with a copy of a node's spool
 *	hostile HUB                     a valid batch with 2^62 MiB-seconds, always of one slot
 *	partitions HUB N                the topic has so many now: keys move
 *	hold HUB                        send nothing to it; answered when all was delivered
 *	recreated HUB                   it was deleted and made again: go on
 *	quit                            answered when all was delivered, held back batches too
 *
 * The ledger has a line for everything, fields parted by tabs, named in ledger.py: "B" a batch that
 * was made, "R" each of its rows, "M" a message that Kafka acknowledged, with its place. All that
 * is random comes from the seed; when it happens comes from the clock. Exit status 1: something was
 * not delivered.
 */
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/chaos/fleet.h"

#define MAX_WORDS 4
#define POLL_MSEC 10

struct generate {
	struct fleet fleet;
	uint64_t interval_msec;
	bool is_going, is_over;
};

struct command {
	struct hub *hub;
	const char *word[MAX_WORDS]; /* after the verb */
};

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = text ? strtoull(text, &end, 10) : 0;

	if (!text || end == text || *end)
		give_up(text ? text : "nothing", "not a number");
	return value;
}

static void add_hub(struct generate *generate, const struct command *command)
{
	const char *const *word = command->word;

	if (!word[0])
		give_up("hub", "has no name");
	fleet_add_hub(&generate->fleet, word[0], number(word[1]), number(word[2]), number(word[3]));
}

static void go(struct generate *generate, const struct command *command)
{
	(void)command;
	generate->is_going = true;
}

static void replay(struct generate *generate, const struct command *command)
{
	fleet_replay(&generate->fleet, command->hub, fleet_any_node(&generate->fleet, command->hub),
		number(command->word[1]));
}

static void gap(struct generate *generate, const struct command *command)
{
	fleet_skip(&generate->fleet, fleet_any_node(&generate->fleet, command->hub));
}

static void reorder(struct generate *generate, const struct command *command)
{
	fleet_reorder(
		&generate->fleet, command->hub, fleet_any_node(&generate->fleet, command->hub));
}

static void garbage(struct generate *generate, const struct command *command)
{
	struct node *node = fleet_any_node(&generate->fleet, command->hub);

	for (uint64_t left = number(command->word[1]); left > 0; left--)
		fleet_send_garbage(&generate->fleet, command->hub, node);
}

static void clone_spool(struct generate *generate, const struct command *command)
{
	fleet_clone(&generate->fleet, command->hub, fleet_any_node(&generate->fleet, command->hub));
}

static void hostile(struct generate *generate, const struct command *command)
{
	fleet_send_hostile(&generate->fleet, command->hub);
}

static void partitions(struct generate *generate, const struct command *command)
{
	fleet_reconnect(&generate->fleet, command->hub);
	command->hub->partitions = (int32_t)number(command->word[1]);
}

static void hold(struct generate *generate, const struct command *command)
{
	(void)generate;
	command->hub->is_held = true;
	fleet_await_delivery(command->hub);
}

static void recreated(struct generate *generate, const struct command *command)
{
	fleet_recreated(&generate->fleet, command->hub);
}

static void quit(struct generate *generate, const struct command *command)
{
	(void)command;
	fleet_flush(&generate->fleet);
	generate->is_over = true;
}

static const struct verb {
	const char *name;
	void (*act)(struct generate *generate, const struct command *command);
	bool names_hub;
	bool sends; /* not while the hub is held */
} verbs[] = {
	{"hub", add_hub, false, false},
	{"go", go, false, false},
	{"replay", replay, true, true},
	{"gap", gap, true, false},
	{"reorder", reorder, true, true},
	{"garbage", garbage, true, true},
	{"clone", clone_spool, true, true},
	{"hostile", hostile, true, true},
	{"partitions", partitions, true, false},
	{"hold", hold, true, false},
	{"recreated", recreated, true, false},
	{"quit", quit, false, false},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; name && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	give_up(name ? name : "nothing", "not a command");
}

static struct hub *find_hub(struct fleet *fleet, const char *name)
{
	for (size_t i = 0; name && i < fleet->n_hubs; i++)
		if (strcmp(fleet->hub[i].name, name) == 0)
			return &fleet->hub[i];
	give_up(name ? name : "nothing", "not a hub");
}

static void obey(struct generate *generate, char *line)
{
	struct command command = {0};
	char *save = NULL;
	const struct verb *verb = find_verb(strtok_r(line, " \n", &save));

	for (size_t i = 0; i < MAX_WORDS; i++)
		command.word[i] = strtok_r(NULL, " \n", &save);
	if (verb->names_hub)
		command.hub = find_hub(&generate->fleet, command.word[0]);
	if (!verb->sends || !command.hub->is_held)
		verb->act(generate, &command);
	(void)fflush(generate->fleet.ledger); /* what failed shows when it is closed */
	if (puts("ok") < 0 || fflush(stdout) != 0)
		give_up("answer", "nobody listens");
}

/* A line, if there is one soon. The driver writes whole ones, and waits for each answer. */
static void listen_for(struct generate *generate, int msec)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[512];
	ssize_t size;

	if (poll(&in, 1, msec) <= 0)
		return;
	size = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (size <= 0)
		give_up("stdin", "closed");
	line[size] = '\0';
	obey(generate, line);
}

static void run(struct generate *generate)
{
	const int64_t interval_usec = (int64_t)generate->interval_msec * 1000;
	struct fleet *fleet = &generate->fleet;
	int64_t next_usec = 0;

	while (!generate->is_over) {
		int64_t now_usec = clock_monotonic_usec(&clock_system);

		if (generate->is_going && now_usec >= next_usec) {
			fleet_send_steady(fleet);
			next_usec = now_usec + interval_usec;
		}
		for (size_t i = 0; i < fleet->n_hubs; i++)
			(void)rd_kafka_poll(fleet->hub[i].kafka, 0);
		(void)fflush(fleet->ledger); /* as above */
		listen_for(generate, generate->interval_msec < POLL_MSEC
					     ? (int)generate->interval_msec
					     : POLL_MSEC);
	}
}

static void parse(struct generate *generate, int argc, char **argv)
{
	static const struct option options[] = {{"seed", 1, NULL, 's'}, {"day", 1, NULL, 'd'},
		{"interval", 1, NULL, 'i'}, {NULL, 0, NULL, 0}};
	struct fleet *fleet = &generate->fleet;
	int option;

	generate->interval_msec = 20;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			fleet->random.state = number(optarg);
			break;
		case 'd':
			fleet->day = number(optarg);
			break;
		case 'i':
			generate->interval_msec = number(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 2 || fleet->day == 0)
		give_up("usage", "see the head of generate.c");
	fleet->bootstrap = argv[optind];
	fleet->ledger = fopen(argv[optind + 1], "we");
	if (!fleet->ledger)
		give_up(argv[optind + 1], "cannot be written");
}

int main(int argc, char **argv)
{
	struct generate *generate = calloc(1, sizeof(*generate));

	if (!generate)
		give_up("memory", "exhausted");
	parse(generate, argc, argv);
	run(generate);
	fleet_release(&generate->fleet);
	if (fclose(generate->fleet.ledger) != 0)
		give_up("ledger", "not written");
	free(generate);
	return EXIT_SUCCESS;
}
