/* Apart from config.c, so that who needs the options does not need the libraries. */
#include "collector/libraries.h"

#include <stdio.h>

#include "collector/loop.h"
#include "collector/publish/publish.h"

const char *libraries(void)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "librdkafka %s, libuv %s", publisher_library_version(),
		loop_library_version()); /* cut is fine */
	return text;
}
