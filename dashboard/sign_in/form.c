#include "dashboard/sign_in/form.h"

#include "common/percent.h"

int form_add(struct buffer *buffer, const struct form_field *field, size_t n_fields)
{
	int r = 0;

	for (size_t i = 0; i < n_fields && r == 0; i++) {
		if (i)
			r = buffer_append(buffer, "&", 1);
		if (r == 0)
			r = percent_encode(buffer, field[i].name, "");
		if (r == 0)
			r = buffer_append(buffer, "=", 1);
		if (r == 0)
			r = percent_encode(buffer, field[i].value, "");
	}
	return r;
}

int form_finish(struct buffer *buffer, char **ret)
{
	int r = buffer_append(buffer, "", 1);

	if (r < 0)
		return r;
	*ret = (char *)buffer->data;
	*buffer = (struct buffer)BUFFER_INIT(buffer->limit);
	return 0;
}
