/*
 * The source `docker`: servers that run as containers of Docker (dockerspawner) or Podman, each in
 * a cgroup of its own.
 *
 * Whose a container is stands in the environment it was made with: Docker keeps it in
 * containers/<id>/config.v2.json below docker_root, which root may read, also of one that has ended
 * but was not removed. Without that file (Podman, no right to it) it is the environment of the
 * container's first process. A container whose environment has no JUPYTERHUB_USER, or one of
 * another hub than asked for, is the system's. As long as neither can be read its usage is nobody's
 * yet, and is bound to the user by a later row.
 */
#ifndef COLLECTOR_SOURCE_DOCKER_DOCKER_SOURCE_H
#define COLLECTOR_SOURCE_DOCKER_DOCKER_SOURCE_H

#include "collector/source/source.h"

extern const struct source_ops docker_source_ops;

#endif
