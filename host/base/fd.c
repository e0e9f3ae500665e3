/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/fd.h"

#include <errno.h>

gboolean
sp_fd_write_all(int fd, gconstpointer bytes, gsize length)
{
    for (const guint8 *at = bytes; length > 0;) {
        gssize written = write(fd, at, length);
        if (written < 0 && errno != EINTR)
            return FALSE;
        at += MAX(written, 0);
        length -= (gsize)MAX(written, 0);
    }
    return TRUE;
}
