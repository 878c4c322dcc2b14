/* The only place that knows what Slurm's variables are called. */
#include "collector/source/slurm/job_environ.h"

#include "collector/proc/proc_parse.h"

#define MIB (UINT64_C(1) << 20)

static struct environ_text look_up(const char *data, size_t size, const char *name)
{
	struct environ_text text;

	if (proc_parse_environ(data, size, name, &text.data, &text.size) < 0)
		text = (struct environ_text){.data = "", .size = 0};
	return text;
}

static uint64_t number(const char *data, size_t size, const char *name)
{
	struct environ_text text = look_up(data, size, name);
	uint64_t value;

	return proc_parse_u64(text.data, text.size, &value) < 0 ? 0 : value;
}

/* Of the whole node, or of each CPU, in MiB. */
static uint64_t memory(const char *data, size_t size, uint64_t cpus)
{
	uint64_t mib = number(data, size, "SLURM_MEM_PER_NODE"), bytes;

	if (mib == 0 && __builtin_mul_overflow(number(data, size, "SLURM_MEM_PER_CPU"), cpus, &mib))
		return 0;
	return __builtin_mul_overflow(mib, MIB, &bytes) ? 0 : bytes;
}

void job_environ_parse(const char *data, size_t size, struct job_environ *ret)
{
	ret->job_id = look_up(data, size, "SLURM_JOB_ID");
	ret->account = look_up(data, size, "SLURM_JOB_ACCOUNT");
	ret->cpus = number(data, size, "SLURM_CPUS_ON_NODE");
	ret->bytes = memory(data, size, ret->cpus);
	server_environ_parse(data, size, &ret->server);
}
