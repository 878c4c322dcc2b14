/* A directory's name was made from a user's by somebody else's rule, which is undone here. */
#include "collector/source/storage/home_name.h"

#include <fnmatch.h>
#include <string.h>

static const char plain[] = "{username}";
static const char escaped[] = "{escaped}";

struct template
{
	const char *text;
	size_t before, after; /* bytes around the user */
	bool is_escaped;
};

/* The next word; false: there is none. */
static bool next_word(const char **words, const char **ret, size_t *ret_size)
{
	*words += strspn(*words, " ");
	*ret = *words;
	*ret_size = strcspn(*words, " ");
	*words += *ret_size;
	return *ret_size > 0;
}

static bool template_parse(const char *word, size_t size, struct template *ret)
{
	const char *hole = memmem(word, size, plain, strlen(plain));
	bool is_escaped = !hole;
	size_t hole_size = strlen(is_escaped ? escaped : plain);

	if (is_escaped)
		hole = memmem(word, size, escaped, strlen(escaped));
	if (!hole)
		return false;
	*ret = (struct template){.text = word,
		.before = (size_t)(hole - word),
		.after = size - (size_t)(hole - word) - hole_size,
		.is_escaped = is_escaped};
	return !memchr(word, '{', ret->before) && !memchr(hole + hole_size, '{', ret->after);
}

bool home_templates_are_valid(const char *templates)
{
	struct template template;
	const char *word;
	size_t size, n = 0;

	for (; next_word(&templates, &word, &size); n++)
		if (!template_parse(word, size, &template))
			return false;
	return n > 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that -NN at @at stands for; '\0': it is no escape. */
static char escaped_byte(const char *at, size_t left)
{
	if (left < 3 || at[0] != '-' || digit(at[1]) < 0 || digit(at[2]) < 0)
		return '\0';
	return (char)(unsigned char)(digit(at[1]) * 16 + digit(at[2]));
}

/* A hyphen before anything else is itself. */
static size_t unescape(const char *data, size_t size, char *copy)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		char byte = escaped_byte(data + i, size - i);

		if (byte == '\0') {
			copy[n++] = data[i];
			continue;
		}
		copy[n++] = byte;
		i += 2;
	}
	return n;
}

static bool is_shared(const char *patterns, const char *name)
{
	char pattern[HOME_NAME_MAX + 1];
	const char *word;
	size_t size;

	while (next_word(&patterns, &word, &size)) {
		if (size > HOME_NAME_MAX)
			continue;
		memcpy(pattern, word, size);
		pattern[size] = '\0';
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

static bool fits(
	const struct template *template, const char *name, size_t size, size_t template_size)
{
	const char *end = template->text + template_size;

	return size > template->before + template->after &&
	       memcmp(name, template->text, template->before) == 0 &&
	       memcmp(name + size - template->after, end - template->after, template->after) == 0;
}

bool home_user(const struct home_rules *rules, const char *name, char user[HOME_NAME_MAX + 1])
{
	const char *templates = rules->templates, *word;
	size_t size = strlen(name), word_size;

	if (is_shared(rules->shared, name))
		return false;
	while (next_word(&templates, &word, &word_size)) {
		struct template template;
		size_t n;

		if (!template_parse(word, word_size, &template) ||
			!fits(&template, name, size, word_size))
			continue;
		n = size - template.before - template.after;
		if (template.is_escaped)
			n = unescape(name + template.before, n, user);
		else
			memcpy(user, name + template.before, n);
		user[n] = '\0';
		return true;
	}
	return false;
}
