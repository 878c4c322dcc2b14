/* A short list: those that use a GPU of this machine at this time. */
#include "collector/gpu/ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/bounds.h"

#define SLACK_USEC    1000000	  /* between the clocks of the driver, of /proc and of ours */
#define READINGS_GONE 3u	  /* so long the end of one that is gone is waited for */
#define LATE_NSEC     2000000000u /* so much later a sample may come than what it is of */
#define NSEC_PER_USEC 1000u

void gpu_ledger_release(struct gpu_ledger *ledger)
{
	free(ledger->user);
	*ledger = (struct gpu_ledger){0};
}

/* ----------------------------------------------------------------------------------- users */

/* It may yet be told of: by a late sample, or by accounting. */
static bool is_over(const struct gpu_user *user)
{
	return user->pending_nsec == 0 && user->n_readings_gone >= READINGS_GONE;
}

static void sweep(struct gpu_ledger *ledger)
{
	size_t n = 0;

	for (size_t i = 0; i < ledger->n_users; i++)
		if (!is_over(&ledger->user[i]))
			ledger->user[n++] = ledger->user[i];
	ledger->n_users = n;
}

/* Whether @user's process may have been there at @usec. */
static bool was_there(const struct gpu_user *user, uint64_t usec)
{
	return user->place.start_usec <= (int64_t)usec + SLACK_USEC &&
	       (!user->is_gone || usec <= user->gone_usec);
}

/* NULL: no memory, or too many. */
static struct gpu_user *add_user(struct gpu_ledger *ledger, const struct gpu_user *user)
{
	if (ledger->n_users == GPU_PROCESSES_MAX ||
		array_make_room(&ledger->user, ledger->n_users, &ledger->max_users,
			sizeof(*ledger->user), 16) < 0)
		return NULL;
	ledger->user[ledger->n_users] = *user;
	return &ledger->user[ledger->n_users++];
}

/* One that nobody looked at while it was there is gone, and where it was is not known. */
static struct gpu_user *look_at_new(struct gpu_ledger *ledger, uint64_t device, int32_t pid,
	uint64_t usec, const struct gpu_moment *moment)
{
	struct gpu_user user = {.device = device, .pid = pid};

	if (moment->look(moment->context, pid, &user.place) < 0 || !was_there(&user, usec)) {
		user.place = (struct gpu_place){0};
		user.is_gone = true;
		user.gone_usec = moment->realtime_usec;
	}
	return add_user(ledger, &user);
}

/* Who is still there, and where; what can't be read is where it was. A number may be another's. */
static void look_again(struct gpu_ledger *ledger, const struct gpu_moment *moment)
{
	size_t n_users = ledger->n_users;

	for (size_t i = 0; i < n_users; i++) {
		struct gpu_user *user = &ledger->user[i];
		struct gpu_user other = {.device = user->device, .pid = user->pid};
		int r = user->is_gone ? -EAGAIN
				      : moment->look(moment->context, user->pid, &other.place);
		bool is_other = r == 0 && other.place.start_ticks != user->place.start_ticks;

		if (r == -ENOENT || is_other) {
			user->is_gone = true;
			user->gone_usec = moment->realtime_usec;
		} else if (r == 0) {
			user->place = other.place;
		}
		user->n_readings_gone += user->is_gone;
		if (is_other)
			(void)add_user(ledger, &other); /* without memory it is seen later */
	}
}

/* The process that had @pid at @usec: of several the one that came last before it. */
static struct gpu_user *user_at(struct gpu_ledger *ledger, uint64_t device, int32_t pid,
	uint64_t usec, const struct gpu_moment *moment)
{
	struct gpu_user *found = NULL;

	for (size_t i = 0; i < ledger->n_users; i++) {
		struct gpu_user *user = &ledger->user[i];

		if (user->device != device || user->pid != pid || !was_there(user, usec))
			continue;
		if (!found || found->place.start_usec < user->place.start_usec)
			found = user;
	}
	return found ? found : look_at_new(ledger, device, pid, usec, moment);
}

static struct gpu_user *user_of_account(struct gpu_ledger *ledger, uint64_t device,
	const struct gpu_accounted *accounted, const struct gpu_moment *moment)
{
	for (size_t i = 0; i < ledger->n_users; i++) {
		struct gpu_user *user = &ledger->user[i];

		if (user->device == device && user->pid == accounted->pid && user->is_accounted &&
			user->accounted_start_usec == accounted->start_usec)
			return user;
	}
	return user_at(ledger, device, accounted->pid, accounted->start_usec, moment);
}

/* --------------------------------------------------------------------------------- devices */

static struct gpu_ledger_device *device_of(struct gpu_ledger *ledger, uint64_t id)
{
	for (size_t i = 0; i < ledger->n_devices; i++)
		if (ledger->device[i].id == id)
			return &ledger->device[i];
	if (ledger->n_devices == GPU_DEVICES_MAX)
		return NULL;
	ledger->device[ledger->n_devices] = (struct gpu_ledger_device){.id = id};
	return &ledger->device[ledger->n_devices++];
}

/* The time that passed is what can have been used of it. */
static void make_room(
	struct gpu_ledger_device *device, bool is_baseline, const struct gpu_moment *moment)
{
	int64_t elapsed_usec = moment->monotonic_usec - device->monotonic_usec;
	uint64_t elapsed_nsec = elapsed_usec > 0 ? (uint64_t)elapsed_usec * NSEC_PER_USEC : 0;

	if (is_baseline)
		device->room_nsec = 0;
	else
		device->room_nsec =
			min_u64(device->room_nsec + elapsed_nsec, elapsed_nsec + LATE_NSEC);
	device->monotonic_usec = moment->monotonic_usec;
}

static void give(struct gpu_ledger *ledger, struct gpu_ledger_device *device, struct gpu_user *user,
	uint64_t nsec)
{
	device->room_nsec -= nsec;
	if (!user) {
		ledger->rest_nsec += nsec;
		return;
	}
	user->pending_nsec += nsec;
	user->known_nsec += nsec;
}

static void add_busy(struct gpu_ledger *ledger, struct gpu_ledger_device *device, uint32_t index,
	const struct gpu_reading *reading, const struct gpu_moment *moment)
{
	uint64_t span_nsec = reading->device[index].span_usec * NSEC_PER_USEC;
	uint64_t percents = 0;

	span_nsec = min_u64(span_nsec, device->room_nsec);
	for (size_t i = 0; i < reading->n_busy; i++)
		if (reading->busy[i].device == index)
			percents += reading->busy[i].percent;
	if (percents < 100)
		percents = 100;
	for (size_t i = 0; i < reading->n_busy; i++) {
		const struct gpu_busy *busy = &reading->busy[i];
		uint64_t nsec = (uint64_t)((unsigned __int128)span_nsec * busy->percent / percents);

		if (busy->device == index && nsec > 0)
			give(ledger, device,
				user_at(ledger, device->id, busy->pid, busy->timestamp_usec,
					moment),
				nsec);
	}
}

/* What accounting counts from; of a life that began before somebody looked only the rest matters.
 */
static void begin_account(struct gpu_user *user, const struct gpu_accounted *accounted,
	bool is_baseline, uint64_t read_usec)
{
	if (!is_baseline && user->is_accounted &&
		user->accounted_start_usec == accounted->start_usec)
		return;
	if (is_baseline || accounted->start_usec < read_usec)
		user->known_nsec = accounted->busy_usec * NSEC_PER_USEC;
	user->is_accounted = true;
	user->accounted_start_usec = accounted->start_usec;
}

/* What it did that no sample showed. Samples are only behind since the last reading. */
static uint64_t unseen(const struct gpu_user *user, const struct gpu_accounted *accounted,
	bool is_sampled, uint64_t read_usec)
{
	uint64_t busy_nsec = accounted->busy_usec * NSEC_PER_USEC;
	uint64_t nsec = saturating_sub(busy_nsec, user->known_nsec);

	if (!is_sampled)
		return nsec;
	if (accounted->is_running || accounted->end_usec <= read_usec)
		return 0;
	return min_u64(nsec, (accounted->end_usec - read_usec) * NSEC_PER_USEC);
}

static void add_account(struct gpu_ledger *ledger, struct gpu_ledger_device *device,
	const struct gpu_seen *seen, const struct gpu_accounted *accounted,
	const struct gpu_moment *moment)
{
	struct gpu_user *user;

	if (seen->is_baseline && !accounted->is_running)
		return;
	user = user_of_account(ledger, device->id, accounted, moment);
	if (!user)
		return; /* what it did is not known beside what samples say */
	begin_account(user, accounted, seen->is_baseline, device->realtime_usec);
	give(ledger, device, user,
		min_u64(device->room_nsec,
			unseen(user, accounted, seen->is_sampled, device->realtime_usec)));
}

static void add_device(struct gpu_ledger *ledger, uint32_t index, const struct gpu_reading *reading,
	const struct gpu_moment *moment)
{
	const struct gpu_seen *seen = &reading->device[index];
	struct gpu_ledger_device *device = device_of(ledger, seen->id);

	if (!device)
		return;
	make_room(device, seen->is_baseline, moment);
	if (!seen->is_baseline)
		add_busy(ledger, device, index, reading, moment);
	for (size_t i = 0; i < reading->n_accounted; i++)
		if (reading->accounted[i].device == index)
			add_account(ledger, device, seen, &reading->accounted[i], moment);
	device->realtime_usec = moment->realtime_usec;
}

void gpu_ledger_add(struct gpu_ledger *ledger, const struct gpu_reading *reading,
	const struct gpu_moment *moment)
{
	look_again(ledger, moment);
	for (uint32_t i = 0; i < reading->n_devices; i++)
		if (reading->device[i].error == 0 && !reading->device[i].is_sliced)
			add_device(ledger, i, reading, moment);
	sweep(ledger);
}

/* --------------------------------------------------------------------------------- takers */

static uint64_t take(struct gpu_user *user)
{
	uint64_t nsec = user->pending_nsec;

	user->pending_nsec = 0;
	return nsec;
}

uint64_t gpu_ledger_take_cgroup(struct gpu_ledger *ledger, uint64_t cgroup)
{
	uint64_t nsec = 0;

	for (size_t i = 0; i < ledger->n_users; i++) {
		const struct gpu_place *place = &ledger->user[i].place;

		if (cgroup != 0 && (place->cgroup == cgroup || place->cgroup_v1 == cgroup))
			nsec += take(&ledger->user[i]);
	}
	return nsec;
}

uint64_t gpu_ledger_take_pod(struct gpu_ledger *ledger, uint64_t pod)
{
	uint64_t nsec = 0;

	for (size_t i = 0; i < ledger->n_users; i++)
		if (pod != 0 && ledger->user[i].place.pod == pod)
			nsec += take(&ledger->user[i]);
	return nsec;
}

uint64_t gpu_ledger_take_process(
	struct gpu_ledger *ledger, int32_t pid, uint64_t start_ticks, bool has_exited)
{
	uint64_t nsec = 0;

	for (size_t i = 0; i < ledger->n_users; i++) {
		struct gpu_user *user = &ledger->user[i];

		if (user->pid == pid && (user->place.start_ticks == start_ticks ||
						(user->place.start_ticks == 0 && has_exited)))
			nsec += take(user);
	}
	return nsec;
}

uint64_t gpu_ledger_take_rest(struct gpu_ledger *ledger)
{
	uint64_t nsec = ledger->rest_nsec;

	ledger->rest_nsec = 0;
	for (size_t i = 0; i < ledger->n_users; i++)
		nsec += take(&ledger->user[i]);
	return nsec;
}
