/*
 * The order of a pass, and of what is done between two of them when a server ended. Each step is a
 * file: scan.c, classify.c, reap.c and memory.c read; assign.c finds who reaped whom; claimed.c
 * leaves to others what is theirs; reap.c and this one book; exit_watch.c waits for the next end.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/config.h"
#include "collector/gpu/ledger.h"
#include "collector/source/process/state.h"
#include "collector/source/process/whose/hub.h"

static size_t event_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return 1024;
	return limit.rlim_cur / 2; /* the rest is for everybody else */
}

static void forget(void *self)
{
	struct process_source *source = self;

	for (size_t i = 0; i < source->table.count; i++)
		source_unwatch(source, &source->table.entry[i]);
	process_table_release(&source->table);
	servers_release(&source->servers);
	source->owners = (struct account_owners){.count = 0};
}

static void process_source_free(void *self)
{
	struct process_source *source = self;

	forget(source);
	if (source->epoll_fd >= 0)
		(void)close(source->epoll_fd); /* only watched */
	hub_free(source->hub);
	proc_dir_close(&source->proc);
	free(source->scratch);
	free(source->order);
	free(source);
}

static int process_source_init(const struct source_context *context, void **ret)
{
	struct process_source *source;
	int r;

	if (context->config->only_cgroups)
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->epoll_fd = -1;
	source->boot_id = context->boot_id;
	source->api_url = context->config->api_url;
	source->config = context->config;
	source->clock = context->clock;
	source->max_event_fds = event_fd_limit();
	/* pages that are never written cost nothing */
	source->scratch = malloc(PROCESS_ENVIRON_MAX + PROCESS_PASSWD_MAX);
	source->passwd = source->scratch ? source->scratch + PROCESS_ENVIRON_MAX : NULL;
	r = source->scratch ? proc_dir_open(context->config->proc, &source->proc) : -ENOMEM;
	if (r < 0) {
		process_source_free(source);
		return r;
	}
	sight_init(&source->sight, &source->proc);
	r = hub_new(context->config, &source->hub);
	if (r < 0 && r != -ENOENT) {
		process_source_free(source);
		return r;
	}
	if (source->proc.is_kernel || source->hub)
		source->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	source_watch_hub(source);
	*ret = source;
	return 0;
}

static int event_fd(const void *self)
{
	return ((const struct process_source *)self)->epoll_fd;
}

/* A server ended, and whoever looks takes its pidfd away; or the hub said whose some are. */
static bool on_event(void *self)
{
	struct process_source *source = self;
	bool has_ended = source_has_ended(source);

	if (!source->hub)
		return has_ended;
	source_take_hubs_word(source); /* the next pass books what that changes */
	source_ask_hub(source, clock_boottime_usec(source->clock));
	return has_ended;
}

static void note_sight(struct process_source *source, int64_t now_usec)
{
	struct sight sight = {.processes = source->n_refused,
		.unreadable = source->n_refused,
		.lists_init = source->saw_init};

	for (size_t i = 0; i < source->table.count; i++) {
		const struct process *process = &source->table.entry[i];

		if (process->has_exited || process->is_zombie || process->is_kernel_thread)
			continue;
		sight.processes++;
		sight.unreadable += process->is_unreadable;
		sight.estimated += process->server && process->is_estimated;
	}
	sight_note(&source->sight, &sight, now_usec);
}

/* Behind a scan: whose everything is, and counters that fit each other. */
static int observe_scanned(struct process_source *source, const struct source_pass *pass)
{
	int r = source_classify(source, pass);

	if (r < 0)
		return r;
	source->is_stable = reread_reapers_until_stable(source);
	source->stable_usec = clock_boottime_usec(pass->clock);
	return 0;
}

static int observe(void *self, const struct source_pass *pass)
{
	struct process_source *source = self;
	int r = source_scan(source, pass);

	if (r == 0)
		r = observe_scanned(source, pass);
	if (r < 0)
		return r;
	source_read_memory(source, pass);
	note_sight(source, pass->now_usec);
	return 0;
}

/* What each process did itself since it was booked last. */
static void book_self(struct process_source *source)
{
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		struct server *server = process->server;
		uint64_t delta = process->self_nsec - process->booked_nsec;

		if (process->self_nsec < process->booked_nsec) {
			delta = process->self_nsec;
			if (server)
				server->flags |= HM_FLAG_RESET;
		}
		process->booked_nsec = process->self_nsec;
		if (server)
			server->pass_cpu_nsec += delta;
	}
}

static bool is_server_process(const struct process *process)
{
	return process->server->pid == process->pid &&
	       process->server->start_ticks == process->start_ticks;
}

static void count_alive(struct process_source *source)
{
	for (struct server *s = source->servers; s; s = s->next) {
		s->n_alive = 0;
		s->process_lives = false;
	}
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];

		if (!process->server)
			continue;
		if (process->is_zombie || (process->has_exited && source->is_stable))
			continue;
		process->server->n_alive++;
		if (is_server_process(process) && !process->has_exited)
			process->server->process_lives = true;
		if (process->is_orphan)
			process->server->flags |= HM_FLAG_ORPHAN;
	}
}

/* An end that nobody observed is booked up to the last observation: what is reserved ends there. */
static void mark_ended_servers(struct server *servers, const struct source_pass *pass)
{
	int64_t end_usec = pass->was_observed ? pass->now_usec : pass->previous_usec;

	for (struct server *s = servers; s; s = s->next) {
		if (!s->process_lives && s->exit_usec < 0)
			s->exit_usec = end_usec;
		if (s->n_alive == 0)
			s->end_usec = end_usec;
		if (s->n_alive > 0 && !s->process_lives)
			s->flags |= HM_FLAG_ORPHAN;
	}
}

/* How much of [@from, @to) lies in [@begin, @end) (@end -1: open), less what was suspended. */
static uint64_t overlap(int64_t from, int64_t to, int64_t begin, int64_t end, int64_t suspended)
{
	if (begin > from)
		from = begin;
	if (end >= 0 && end < to)
		to = end;
	return to - from > suspended ? (uint64_t)(to - from - suspended) : 0;
}

/*
 * The mean of what was there at both ends: off by half of what changed in between, at most. One
 * that ended is noticed at once, so it had until then what it had.
 */
static uint128 memory_of(const struct server *server, uint64_t usec)
{
	uint64_t end_bytes = server->end_usec >= 0 ? server->level_bytes : server->next_level_bytes;

	return ((uint128)server->level_bytes + end_bytes) * usec / 2;
}

static struct interval interval_of(const struct server *server, const struct source_pass *pass)
{
	int64_t from = pass->previous_usec, to = pass->now_usec;
	int64_t reserved_end = server->exit_usec >= 0 ? server->exit_usec : server->end_usec;
	/* whoever invents a server may not invent what it reserves */
	uint64_t reserved = server->is_proven ? overlap(from, to, server->first_usec, reserved_end,
							pass->suspended_usec)
					      : 0;
	struct interval interval = {
		.start_usec = server->first_usec > from ? server->first_usec : from,
		.end_usec = server->end_usec >= 0 ? server->end_usec : to,
		.suspended_usec = pass->suspended_usec,
		.flags = server->flags | (server->is_proven ? 0u : HM_FLAG_UNPROVEN)};

	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)server->pass_cpu_nsec * 1000;
	interval.used[HM_RESOURCE_GPU_MSEC] = server->pass_gpu_nsec;
	interval.reserved[HM_RESOURCE_CPU_USEC] = (uint128)server->reserved_microcores * reserved;
	if (pass->was_observed)
		interval.used[HM_RESOURCE_MEMORY_MIB_SEC] =
			memory_of(server, overlap(from, to, server->first_usec, server->end_usec,
						  pass->suspended_usec));
	interval.reserved[HM_RESOURCE_MEMORY_MIB_SEC] = (uint128)server->reserved_bytes * reserved;
	return interval;
}

/* The server's workload in @window. NULL: no memory for one, the next pass tries again. */
static struct workload *workload_of(
	const struct process_source *source, struct window *window, struct server *server)
{
	char id[SERVER_ID_SIZE];
	struct workload *workload = server->workload;

	if (workload)
		return workload;
	workload = window_workload(window, HM_WORKLOAD_KIND_PROCESS,
		server_format_id(server, source->boot_id, id), server->first_usec);
	if (workload &&
		(!server->is_proven || workload_identify(workload, server->identity.user,
					       server->identity.name, server->identity.tag) == 0))
		server->workload = workload;
	return server->workload;
}

/*
 * One that came and went while no pass looked may have been in a cgroup as new, which its source
 * books whole. Not if its parent may say whose it is and they were in one.
 */
static bool may_be_claimed(const struct server *server)
{
	return server->is_claimed ||
	       (!server->is_compared && (!server->is_vouched || server->has_own_cgroup));
}

/* Nothing was ever booked on it, and nothing will be. */
static bool is_left_to_others(const struct server *server)
{
	return !server->workload && server->end_usec >= 0 && may_be_claimed(server);
}

/* What each process did on GPUs; of those in a claimed cgroup that is another source's. */
static void take_gpu(struct process_source *source, struct gpu_ledger *gpu)
{
	for (size_t i = 0; i < source->table.count; i++) {
		const struct process *process = &source->table.entry[i];

		if (process->server && !is_left_to_others(process->server))
			process->server->pass_gpu_nsec += gpu_ledger_take_process(
				gpu, process->pid, process->start_ticks, process->has_exited);
	}
}

static void book_server(struct process_source *source, struct window *window,
	const struct source_pass *pass, struct server *server)
{
	struct workload *workload;
	struct interval interval = interval_of(server, pass);

	if (is_left_to_others(server))
		return;
	if (!server->workload && !server->is_proven)
		source_note_unproven(source, pass, server);
	workload = workload_of(source, window, server);
	if (!workload) {
		server->end_usec = -1;
		return;
	}
	workload_book(workload, &interval);
	server->pass_cpu_nsec = 0;
	server->pass_gpu_nsec = 0;
	server->flags = 0;
	if (server->end_usec >= 0) /* CPU of a gap may be from any of its moments */
		workload_end(workload, pass->now_usec);
}

/* Nothing may point at a server that ended. */
static void detach_ended_servers(struct process_source *source)
{
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];

		process->is_new = false;
		if (process->server && process->server->end_usec >= 0)
			process->server = NULL;
	}
	servers_remove_ended(&source->servers);
}

/* An interval is an estimate if either of its ends is. */
static void flag_estimated(struct server *servers)
{
	for (struct server *s = servers; s; s = s->next)
		if (s->level_is_estimated)
			s->flags |= HM_FLAG_ESTIMATED;
}

/* Where this interval ends the next one begins. */
static void begin_next(struct server *servers)
{
	for (struct server *s = servers; s; s = s->next) {
		s->level_bytes = s->next_level_bytes;
		s->is_compared = true;
	}
	flag_estimated(servers);
}

/* CPU and ends: what is known of every server before its interval is booked. */
static void account(
	struct process_source *source, const struct claims *claims, const struct source_pass *pass)
{
	source_leave_claimed(source, claims);
	if (source->is_stable)
		attribute_reaped_cpu(source, pass);
	book_self(source);
	count_alive(source);
	mark_ended_servers(source->servers, pass);
	flag_estimated(source->servers);
}

static void leave_behind(struct process_source *source)
{
	detach_ended_servers(source);
	source_watch_ends(source);
	if (source->is_stable)
		process_table_sweep(&source->table);
}

static void book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct process_source *source = self;

	account(source, claims, pass);
	if (pass->gpu && pass->previous_usec >= 0)
		take_gpu(source, pass->gpu);
	if (pass->previous_usec >= 0)
		for (struct server *s = source->servers; s; s = s->next)
			book_server(source, window, pass, s);
	leave_behind(source);
	begin_next(source->servers);
	if (source->hub)
		source_ask_hub(source, pass->now_usec);
}

/* Those that go on keep what they did for the next pass, which books their whole interval. */
static int settle(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct process_source *source = self;
	int r = source_scan_ended(source, pass);

	if (r == 0)
		r = observe_scanned(source, pass);
	if (r < 0)
		return r;
	account(source, claims, pass);
	for (struct server *s = source->servers; s; s = s->next)
		if (s->end_usec >= 0)
			book_server(source, window, pass, s);
	leave_behind(source);
	return 0;
}

static int save(const void *self, struct buffer *section)
{
	const struct process_source *source = self;

	return process_state_save(source->servers, &source->table, &source->owners, section);
}

static int restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct process_source *source = self;
	struct process_table table;
	struct account_owners owners;
	struct server *servers;
	int r = process_state_restore(version, data, size, &servers, &table, &owners);

	if (r < 0)
		return r;
	forget(source);
	source->table = table;
	source->servers = servers;
	source->owners = owners;
	for (struct server *s = servers; s; s = s->next) {
		(void)workload_of(source, window, s); /* without memory now, at the next pass */
		if (s->is_own_account)
			account_owners_note(&source->owners, s->uid, s->identity.user);
	}
	return 0;
}

const struct source_ops process_source_ops = {
	.name = "process",
	.version = PROCESS_STATE_VERSION,
	.rank = SOURCE_RANK_PROCESS,
	.asks_claims = true,
	.init = process_source_init,
	.free = process_source_free,
	.event_fd = event_fd,
	.on_event = on_event,
	.settle = settle,
	.observe = observe,
	.book = book,
	.save = save,
	.restore = restore,
	.forget = forget,
	.explain = source_explain,
	.count = source_count,
};
