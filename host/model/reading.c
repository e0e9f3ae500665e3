/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/reading.h"

#include "base/error.h"

#include <string.h>

#define TITLE_MAX 1000
/* A stranger's text that is quoted in a problem may be endless. */
#define PROBLEM_MAX 400

void
sp_reading_refuse_with(SpReading *reading, GError *error)
{
    SpPlace place = {.path = sp_extension_get_path(reading->extension),
                     .extension = sp_extension_get_id(reading->extension)};
    sp_error_place(error, &place);
    sp_findings_refuse(reading->findings, error);
    reading->is_refused = TRUE;
}

void
sp_reading_refuse(SpReading *reading, const char *detail, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *problem = g_strdup_vprintf(format, args);
    va_end(args);
    gboolean is_cut = strlen(problem) > PROBLEM_MAX;
    if (is_cut)
        *g_utf8_find_prev_char(problem, problem + PROBLEM_MAX) = '\0';
    g_autofree char *where = reading->list != NULL ? g_strdup_printf(" in %s[%" G_GSIZE_FORMAT "]",
                                                                     reading->list, reading->index)
                                                   : g_strdup("");
    sp_reading_refuse_with(reading, sp_error_new(SP_ERROR_INVALID_EXTENSION, detail, NULL, "%s%s%s",
                                                 problem, is_cut ? "..." : "", where));
}

/* (nullable): @text (nullable) where it is in order */
static const char *
check_encoding(SpReading *reading, const char *text, const char *what)
{
    if (text == NULL || g_utf8_validate(text, -1, NULL))
        return text;
    sp_reading_refuse(reading, NULL, "%s is not valid UTF-8", what);
    return NULL;
}

const char *
sp_reading_text(SpReading *reading, const char *what)
{
    return check_encoding(reading, sp_wire_get_text(&reading->wire), what);
}

const char *
sp_reading_mandatory(SpReading *reading, const char *what)
{
    const char *text = sp_wire_get_text(&reading->wire);
    if (text == NULL)
        sp_reading_refuse(reading, "It must not be NULL.", "%s is missing", what);
    else if (*text == '\0')
        sp_reading_refuse(reading, NULL, "%s is empty", what);
    else
        return check_encoding(reading, text, what);
    return NULL;
}

/* (nullable): @text (nullable) where it fits. */
static const char *
check_word(SpReading *reading, const char *text, SpWord kind, const char *what)
{
    if (text == NULL || sp_word_fits(kind, text))
        return text;
    sp_reading_refuse(reading, sp_word_rule(kind), "%s \"%s\" does not fit", what, text);
    return NULL;
}

const char *
sp_reading_word(SpReading *reading, SpWord kind, const char *what)
{
    return check_word(reading, sp_reading_mandatory(reading, what), kind, what);
}

const char *
sp_reading_identifier(SpReading *reading, const char *what)
{
    return check_word(reading, sp_reading_text(reading, what), SP_WORD_IDENTIFIER, what);
}

const char *
sp_reading_title(SpReading *reading, const char *what)
{
    const char *text = sp_reading_mandatory(reading, what);
    if (text != NULL && strlen(text) > TITLE_MAX)
        sp_reading_refuse(reading, "At most 1000 bytes are accepted.", "%s is too long", what);
    return text;
}
