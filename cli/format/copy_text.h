/*
 * Rows in the text format of PostgreSQL's COPY: fields end with a tab, rows with a newline. Pure.
 *
 * Use: copy_text_field() for every field, then copy_text_end().
 */
#ifndef CLI_FORMAT_COPY_TEXT_H
#define CLI_FORMAT_COPY_TEXT_H

#include "common/buffer.h"

/* Add a field; "" is null. As buffer_append(). */
int copy_text_field(struct buffer *copy, const char *text);
int copy_text_number(struct buffer *copy, unsigned number);

/* The row is complete. At least one field came before. */
void copy_text_end(struct buffer *copy);

#endif
