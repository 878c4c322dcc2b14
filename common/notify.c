/* The protocol is two dozen lines; libsystemd, which has it too, maps more than a collector weighs.
 */
#include "common/notify.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

/* A path, or a name that begins with @ instead of NUL, as the abstract ones do. */
static int address_of(const char *name, struct sockaddr_un *ret, socklen_t *ret_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t size = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	*ret = address;
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	return 0;
}

int notify_state(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	hm_cleanup(hm_closep) int fd = -1;
	struct sockaddr_un address;
	socklen_t size;
	int r;

	if (!name)
		return 0;
	r = address_of(name, &address, &size);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		    size) < 0)
		return -errno;
	return 0;
}

/* All of @text is a number. */
static bool parse(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

int64_t notify_watchdog_usec(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t number;

	if (pid && (!parse(pid, &number) || number != getpid()))
		return 0; /* another process is meant */
	return usec && parse(usec, &number) && number > 0 ? number / 2 : 0;
}
