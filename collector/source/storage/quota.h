/*
 * What a project of a file system uses, as its quota counts it: ext4, XFS and others alike.
 *
 * A project is used only where whatever is made in a directory belongs to it (the flag is
 * inherited), so that its usage is the directory's. Quota of users is never asked for: it counts
 * what somebody has in other people's directories too, and where all files belong to one account,
 * as on servers of JupyterHub's homes, it counts nobody.
 *
 * To ask for somebody's quota takes CAP_SYS_ADMIN. Tried with ext4 and XFS on Linux 6.1: to the
 * byte what du(1) says of closed files. XFS counts blocks that it allocated ahead of a file's end
 * while the file is open.
 */
#ifndef COLLECTOR_SOURCE_STORAGE_QUOTA_H
#define COLLECTOR_SOURCE_STORAGE_QUOTA_H

#include <stdint.h>

/* Who is asked: the kernel, or what stands in for it. */
struct quota_reader {
	/* The project of directory @fd. -ENODATA: none that covers what is made in it; or why. */
	int (*project)(int fd, uint32_t *ret);

	/* Bytes that @project uses on the file system of @fd. -EPERM, or there is no such quota. */
	int (*usage)(int fd, uint32_t project, uint64_t *ret);
};

extern const struct quota_reader quota_kernel;

#endif
