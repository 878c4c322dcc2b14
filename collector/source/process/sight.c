/* A collector that sees nobody reports a node that is all system: true, and of no use. */
#include "collector/source/process/sight.h"

#include <linux/capability.h>

#include "common/log.h"

static bool has(const struct sight_watch *watch, unsigned int capability)
{
	return (watch->capabilities >> capability & 1) != 0;
}

void sight_init(struct sight_watch *watch, const struct proc_dir *proc)
{
	*watch = (struct sight_watch){.said = {.lists_init = true}};
	watch->is_known = proc_read_capabilities(proc, &watch->capabilities) == 0;
}

const char *sight_missing(const struct sight_watch *watch)
{
	bool opens = has(watch, CAP_DAC_READ_SEARCH) || has(watch, CAP_DAC_OVERRIDE);
	bool traces = has(watch, CAP_SYS_PTRACE);

	if (!watch->is_known)
		return "unknown";
	if (!opens)
		return traces ? "CAP_DAC_READ_SEARCH" : "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH";
	return traces ? "none" : "CAP_SYS_PTRACE";
}

/* Whether /proc lists less than there is. A directory that stands in for it need have no init. */
static bool hides(const struct sight_watch *watch, const struct sight *sight)
{
	return watch->is_known && !sight->lists_init && !has(watch, CAP_SYS_PTRACE);
}

static bool is_partial(const struct sight_watch *watch, const struct sight *sight)
{
	return sight->unreadable > 0 || hides(watch, sight);
}

bool sight_is_news(const struct sight_watch *watch, const struct sight *now, int64_t now_usec)
{
	const struct sight *said = &watch->said;

	if (watch->said_usec == 0)
		return is_partial(watch, now);
	if (now_usec - watch->said_usec < SIGHT_PAUSE_USEC)
		return false;
	return is_partial(watch, now) != is_partial(watch, said) ||
	       now->unreadable > said->unreadable * 2 || now->unreadable < said->unreadable / 2;
}

void sight_note(struct sight_watch *watch, const struct sight *now, int64_t now_usec)
{
	if (!sight_is_news(watch, now, now_usec))
		return;
	watch->said = *now;
	watch->said_usec = now_usec;
	if (!is_partial(watch, now)) {
		log_event(LOG_PRIORITY_NOTICE, "processes_readable", "of=%zu", now->processes);
		return;
	}
	log_event(LOG_PRIORITY_WARNING, "processes_unreadable",
		"missing=%s unreadable=%zu of=%zu hidden=%s estimated=%zu "
		"consequence=\"servers among them are not metered, their usage is the system's\"",
		sight_missing(watch), now->unreadable, now->processes,
		hides(watch, now) ? "yes" : "no", now->estimated);
}
