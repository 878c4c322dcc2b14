/* The only list of sources. */
#include "collector/source/command/command_source.h"
#include "collector/source/docker/docker_source.h"
#include "collector/source/kubernetes/kubernetes_source.h"
#include "collector/source/process/process_source.h"
#include "collector/source/sacct/sacct_source.h"
#include "collector/source/slurm/slurm_source.h"
#include "collector/source/source.h"
#include "collector/source/storage/storage_source.h"
#include "collector/source/systemd/systemd_source.h"

const struct source_ops *const sources_all[] = {
	&process_source_ops,
	&systemd_source_ops,
	&docker_source_ops,
	&kubernetes_source_ops,
	&slurm_source_ops,
	&command_source_ops,
	&sacct_source_ops,
	&storage_source_ops,
	NULL,
};
