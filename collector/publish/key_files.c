/* Files are told apart by what stat() says, without being read: a new one has another inode or
 * time. */
#include "collector/publish/key_files.h"

#include <string.h>
#include <sys/stat.h>

static const char *const names[KEY_FILES_MAX] = {
	"ssl.certificate.location",
	"ssl.key.location",
	"ssl.ca.location",
	"ssl.crl.location",
	"ssl.keystore.location",
};

/* The last one counts, as for librdkafka. */
static const char *value_of(const struct option_pairs *kafka, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < kafka->count; i++) {
		if (strcmp(kafka->pair[i].name, name) == 0)
			value = kafka->pair[i].value;
	}
	return value;
}

bool key_files_note(struct key_files *files, const struct option_pairs *kafka)
{
	bool are_any = false;

	memset(files, 0, sizeof(*files));
	for (size_t i = 0; i < KEY_FILES_MAX; i++) {
		const char *path = value_of(kafka, names[i]);
		struct stat status;

		if (!path)
			continue;
		are_any = true;
		if (stat(path, &status) == 0)
			files->file[i] = (struct key_file){.device = status.st_dev,
				.inode = status.st_ino,
				.size = status.st_size,
				.changed = status.st_mtim};
	}
	return are_any;
}

static bool is_same(const struct key_file *a, const struct key_file *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

bool key_files_changed(const struct key_files *files, const struct option_pairs *kafka)
{
	struct key_files now;

	if (!key_files_note(&now, kafka))
		return false;
	for (size_t i = 0; i < KEY_FILES_MAX; i++) {
		if (!is_same(&files->file[i], &now.file[i]))
			return true;
	}
	return false;
}
