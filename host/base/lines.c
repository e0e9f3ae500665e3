/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/lines.h"

#include <string.h>

/* A seed can be one line of many megabytes: counting from the start of its line for each of its
 * statements would be quadratic. So the number of characters is kept at every block of the text. */
#define BLOCK 1024

struct SpLines {
    const char *text;
    gsize length;
    GArray *starts;     /* (element-type guint): byte where each line begins */
    GArray *characters; /* (element-type guint): characters before each block */
};

static gboolean
begins_character(char byte)
{
    return ((guchar)byte & 0xC0) != 0x80;
}

static void
read_text(SpLines *lines)
{
    guint characters = 0;
    guint start = 0;

    g_array_append_val(lines->starts, start);
    for (gsize i = 0; i < lines->length; i++) {
        if (i % BLOCK == 0)
            g_array_append_val(lines->characters, characters);
        characters += begins_character(lines->text[i]);
        start = (guint)i + 1;
        if (lines->text[i] == '\n')
            g_array_append_val(lines->starts, start);
    }
    /* one more, for an offset at the very end of the last block */
    g_array_append_val(lines->characters, characters);
}

SpLines *
sp_lines_new(const char *text)
{
    g_return_val_if_fail(text != NULL && strlen(text) < G_MAXUINT, NULL);

    SpLines *lines = g_new0(SpLines, 1);
    lines->text = text;
    lines->length = strlen(text);
    lines->starts = g_array_new(FALSE, FALSE, sizeof(guint));
    lines->characters = g_array_new(FALSE, FALSE, sizeof(guint));
    read_text(lines);
    return lines;
}

void
sp_lines_free(SpLines *lines)
{
    if (lines == NULL)
        return;
    g_array_unref(lines->starts);
    g_array_unref(lines->characters);
    g_free(lines);
}

static gsize
count_characters(const SpLines *lines, gsize start, gsize end)
{
    gsize characters = 0;
    for (gsize i = start; i < end; i++)
        characters += begins_character(lines->text[i]);
    return characters;
}

static gsize
characters_before(const SpLines *lines, gsize offset)
{
    gsize block = offset / BLOCK;
    return g_array_index(lines->characters, guint, block) +
           count_characters(lines, block * BLOCK, offset);
}

static guint
find_line(const SpLines *lines, gsize offset)
{
    guint low = 0;
    guint high = lines->starts->len;

    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(lines->starts, guint, middle) <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void
sp_lines_locate(const SpLines *lines, gsize offset, guint *out_line, guint *out_column)
{
    g_return_if_fail(lines != NULL);

    gsize end = MIN(offset, lines->length);
    guint line = find_line(lines, end);
    gsize start = g_array_index(lines->starts, guint, line);

    *out_line = line + 1;
    gsize characters = end - start < BLOCK
                           ? count_characters(lines, start, end)
                           : characters_before(lines, end) - characters_before(lines, start);
    *out_column = (guint)characters + 1;
}
