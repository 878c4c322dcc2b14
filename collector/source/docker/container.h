/*
 * Names of cgroups of containers. Pure.
 *
 *	system.slice/docker-<id>.scope		Docker, systemd's driver
 *	docker/<id>				Docker, cgroupfs
 *	machine.slice/libpod-<id>.scope		Podman
 *
 * where <id> is 64 hexadecimal digits.
 */
#ifndef COLLECTOR_SOURCE_DOCKER_CONTAINER_H
#define COLLECTOR_SOURCE_DOCKER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_ID_SIZE 64u

/* Whether @path is a place in which containers are. */
bool container_is_place(const char *path);

/* Whether @name in the place @path is a container's. */
bool container_id(const char *path, const char *name, char id[CONTAINER_ID_SIZE + 1]);

#endif
