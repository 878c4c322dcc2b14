/* A settlement is one row of a file of the kind settlements, checked and taken over like any other.
 */
#include "cli/command/suspense.h"

#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/import/import.h"
#include "common/buffer.h"

#define FILE_SIZE_MAX 65536

static int append_cell(struct buffer *file, const char *cell, char end)
{
	int r = buffer_append(file, "\"", 1);

	for (; *cell && r == 0; cell++)
		r = buffer_append(file, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1);
	if (r == 0)
		r = buffer_append(file, "\"", 1);
	return r == 0 ? buffer_append(file, &end, 1) : r;
}

static int write_file(const struct config *config, char **arguments, struct buffer *file)
{
	static const char header[] =
		"hub,username,tag,institution,unit,reason,valid_from,valid_to\n";
	const char *const cells[] = {arguments[0], arguments[1], config->tag, config->institution,
		config->unit, config->reason, config->valid_from, config->valid_to};
	const size_t count = sizeof(cells) / sizeof(cells[0]);
	int r = buffer_append(file, header, strlen(header));

	for (size_t i = 0; i < count && r == 0; i++)
		r = append_cell(file, cells[i], i + 1 < count ? ',' : '\n');
	return r == 0 ? buffer_append(file, "", 1) : r;
}

int suspense_assign_run(const struct config *config, char **arguments)
{
	struct buffer file = BUFFER_INIT(FILE_SIZE_MAX);
	int r, status;

	if (!*config->institution || !*config->unit || !*config->reason)
		return command_usage_error(
			"\"suspense assign\" needs --institution CODE, --unit CODE "
			"and --reason TEXT");
	r = write_file(config, arguments, &file);
	status = r < 0 ? command_failed("settle", strerror(-r))
		       : import_text(
				 config, "settlements", "suspense assign", (const char *)file.data);
	buffer_release(&file);
	return status;
}
