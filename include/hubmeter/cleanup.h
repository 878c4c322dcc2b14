/*
 * Scope-bound release of what a function owns.
 *
 *	hm_cleanup(hm_freep) char *text = strdup(s);
 *	return hm_steal(&text);
 */
#ifndef HUBMETER_CLEANUP_H
#define HUBMETER_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define hm_cleanup(release) __attribute__((cleanup(release)))

/* Hand an owned pointer on: yields it and leaves NULL behind. */
#define hm_steal(pointer)                                                                          \
	({                                                                                         \
		__typeof__(*(pointer)) hm_stolen_ = *(pointer);                                    \
		*(pointer) = NULL;                                                                 \
		hm_stolen_;                                                                        \
	})

/* Hand an owned descriptor on: yields it and leaves -1 behind. */
static inline int hm_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static inline void hm_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void hm_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing can be done about a failing close of a read side */
}

static inline void hm_fclosep(FILE **file)
{
	if (*file)
		(void)fclose(*file); /* as hm_closep() */
}

#endif
