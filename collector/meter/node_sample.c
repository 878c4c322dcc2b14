/*
 * Two small files a pass.
 */
#include "collector/meter/node_sample.h"

int node_sample_read(
	const struct proc_dir *proc, char *scratch, size_t scratch_size, struct node_sample *ret)
{
	struct node_sample sample = {0};
	struct proc_node_stat stat;
	uint64_t available;
	size_t size;
	int r = proc_read_file(proc, "stat", scratch, scratch_size, &size);

	if (r == 0)
		r = proc_parse_node_stat(scratch, size, &stat);
	if (r < 0)
		return r;
	sample.busy_usec = stat.busy_ticks * (proc->tick_nsec / 1000);
	sample.steal_usec = stat.steal_ticks * (proc->tick_nsec / 1000);
	sample.cores = stat.cores;
	r = proc_read_file(proc, "meminfo", scratch, scratch_size, &size);
	if (r == 0)
		r = proc_parse_meminfo(scratch, size, &sample.memory_total_bytes, &available);
	if (r < 0)
		return r;
	sample.memory_used_bytes = sample.memory_total_bytes - available;
	*ret = sample;
	return 0;
}

int node_boot_id_read(const struct proc_dir *proc, uint8_t ret[HM_BOOT_ID_SIZE])
{
	char text[64];
	size_t size;
	int r = proc_read_file(proc, "sys/kernel/random/boot_id", text, sizeof(text), &size);

	return r < 0 ? r : proc_parse_boot_id(text, size, ret);
}
