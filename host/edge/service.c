/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/service.h"

#include "base/text.h"

#include <string.h>
#include <systemd/sd-daemon.h>

void
sp_service_status(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    /* A newline would begin another assignment. */
    g_autofree char *line = sp_text_escape(text);
    sd_notifyf(0, "STATUS=%s", line);
}

void
sp_service_extend_timeout(guint ms)
{
    sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" G_GUINT64_FORMAT, (guint64)ms * 1000);
}

char *
sp_service_read_credential(const char *name)
{
    g_return_val_if_fail(name != NULL && strchr(name, '/') == NULL, NULL);
    const char *directory = g_getenv("CREDENTIALS_DIRECTORY");
    if (directory == NULL)
        return NULL;
    g_autofree char *path = g_build_filename(directory, name, NULL);
    char *content = NULL;
    if (!g_file_get_contents(path, &content, NULL, NULL))
        return NULL;
    if (g_str_has_suffix(content, "\n"))
        content[strlen(content) - 1] = '\0';
    return content;
}
