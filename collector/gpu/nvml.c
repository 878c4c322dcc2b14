/* The only file that knows the library's names, numbers and layouts. */
#include "collector/gpu/nvml.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its functions; what they return is nvmlReturn_t, an enum. */
struct nvml {
	void *library;
	int (*init)(void);
	int (*shutdown)(void);
	int (*count)(unsigned int *count);
	int (*device)(unsigned int index, struct nvml_device **device);
	int (*uuid)(struct nvml_device *device, char *uuid, unsigned int size);
	int (*slices)(struct nvml_device *device, unsigned int *now, unsigned int *pending);
	int (*accounts)(struct nvml_device *device, int *mode);
	int (*utilization)(struct nvml_device *device, struct nvml_utilization *utilization,
		unsigned int *count, unsigned long long since_usec);
	int (*accounted)(struct nvml_device *device, unsigned int *count, unsigned int *pids);
	int (*accounting)(
		struct nvml_device *device, unsigned int pid, struct nvml_accounting *accounting);
};

/* nvmlReturn_t: what is not here is -EIO. */
static const int errors[] = {
	[0] = 0,
	[1] = -ENODEV, /* not initialised */
	[3] = -EOPNOTSUPP,
	[4] = -EACCES,
	[6] = -ENOENT,
	[7] = -ENOSPC,
	[9] = -ENODEV, /* the driver is not loaded */
	[10] = -ETIMEDOUT,
	[13] = -EOPNOTSUPP, /* the driver has no such function */
	[15] = -ENXIO,	    /* the GPU is lost ... */
	[16] = -ENXIO,	    /* ... or wants to be reset */
	[17] = -EACCES,	    /* a cgroup keeps us from its device */
	[18] = -ENODEV,	    /* library and driver are not of one version */
	[20] = -ENOMEM,
};

static int error_of(int code)
{
	size_t n = sizeof(errors) / sizeof(*errors);

	if (code == 0)
		return 0;
	return code > 0 && (size_t)code < n && errors[code] < 0 ? errors[code] : -EIO;
}

/* Into the pointer to a function at @member: POSIX has those look as others do, ISO C has not. */
static bool find(const struct nvml *nvml, const char *name, void *member)
{
	void *symbol = dlsym(nvml->library, name);

	memcpy(member, &symbol, sizeof(symbol));
	return symbol;
}

/* Whether those are there that every library has; the others may be missing. */
static bool find_all(struct nvml *nvml)
{
	(void)find(nvml, "nvmlDeviceGetMigMode", &nvml->slices);
	(void)find(nvml, "nvmlDeviceGetAccountingMode", &nvml->accounts);
	(void)find(nvml, "nvmlDeviceGetProcessUtilization", &nvml->utilization);
	(void)find(nvml, "nvmlDeviceGetAccountingPids", &nvml->accounted);
	(void)find(nvml, "nvmlDeviceGetAccountingStats", &nvml->accounting);
	return find(nvml, "nvmlInit_v2", &nvml->init) &&
	       find(nvml, "nvmlShutdown", &nvml->shutdown) &&
	       find(nvml, "nvmlDeviceGetCount_v2", &nvml->count) &&
	       find(nvml, "nvmlDeviceGetHandleByIndex_v2", &nvml->device) &&
	       find(nvml, "nvmlDeviceGetUUID", &nvml->uuid);
}

static void say(char reason[NVML_REASON_SIZE], const char *text)
{
	(void)snprintf(reason, NVML_REASON_SIZE, "%s", text); /* cut is fine */
}

static int start(struct nvml *nvml, const char *path, char reason[NVML_REASON_SIZE])
{
	const char *said;

	nvml->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!nvml->library) {
		said = dlerror();
		say(reason, said ? said : "unknown");
		return -ENOENT;
	}
	if (!find_all(nvml)) {
		say(reason, "it lacks functions of NVML");
		return -ELIBBAD;
	}
	return error_of(nvml->init());
}

static void unload(struct nvml *nvml)
{
	if (nvml->library)
		(void)dlclose(nvml->library); /* what stays mapped is of no use to us */
	free(nvml);
}

int nvml_load(const char *path, char reason[NVML_REASON_SIZE], struct nvml **ret)
{
	struct nvml *nvml = calloc(1, sizeof(*nvml));
	int r;

	reason[0] = '\0';
	if (!nvml)
		return -ENOMEM;
	r = start(nvml, path, reason);
	if (r < 0) {
		unload(nvml);
		return r;
	}
	*ret = nvml;
	return 0;
}

void nvml_unload(struct nvml *nvml)
{
	if (!nvml)
		return;
	(void)nvml->shutdown(); /* nobody is left to tell */
	unload(nvml);
}

int nvml_count(const struct nvml *nvml, unsigned int *ret)
{
	return error_of(nvml->count(ret));
}

int nvml_device(const struct nvml *nvml, unsigned int index, struct nvml_device **ret)
{
	return error_of(nvml->device(index, ret));
}

int nvml_uuid(const struct nvml *nvml, struct nvml_device *device, char uuid[NVML_UUID_SIZE])
{
	return error_of(nvml->uuid(device, uuid, NVML_UUID_SIZE));
}

int nvml_is_sliced(const struct nvml *nvml, struct nvml_device *device, bool *ret)
{
	unsigned int now = 0, pending = 0;
	int r = nvml->slices ? error_of(nvml->slices(device, &now, &pending)) : -EOPNOTSUPP;

	if (r < 0 && r != -EOPNOTSUPP)
		return r;
	*ret = r == 0 && now != 0;
	return 0;
}

int nvml_accounts(const struct nvml *nvml, struct nvml_device *device, bool *ret)
{
	int mode = 0;
	int r = nvml->accounts && nvml->accounted && nvml->accounting
			? error_of(nvml->accounts(device, &mode))
			: -EOPNOTSUPP;

	if (r < 0 && r != -EOPNOTSUPP)
		return r;
	*ret = r == 0 && mode != 0;
	return 0;
}

int nvml_utilization(const struct nvml *nvml, struct nvml_device *device, uint64_t since_usec,
	struct nvml_utilization *utilization, size_t capacity, size_t *ret_n)
{
	unsigned int n = (unsigned int)capacity;
	int r = nvml->utilization ? error_of(nvml->utilization(device, utilization, &n, since_usec))
				  : -EOPNOTSUPP;

	if (r == 0)
		*ret_n = n < capacity ? n : capacity;
	return r;
}

int nvml_accounted(const struct nvml *nvml, struct nvml_device *device, unsigned int *pids,
	size_t capacity, size_t *ret_n)
{
	unsigned int n = (unsigned int)capacity;
	int r = error_of(nvml->accounted(device, &n, pids));

	if (r == 0)
		*ret_n = n < capacity ? n : capacity;
	return r;
}

int nvml_accounting(const struct nvml *nvml, struct nvml_device *device, unsigned int pid,
	struct nvml_accounting *ret)
{
	return error_of(nvml->accounting(device, pid, ret));
}
