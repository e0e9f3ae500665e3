/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A file descriptor that closes itself: sp_autofd int fd = open(...). */
#pragma once

#include <glib.h>
#include <unistd.h>

/** Writes all bytes, in as many calls as it takes. FALSE with errno set. */
gboolean sp_fd_write_all(int fd, gconstpointer bytes, gsize length);

static inline int
sp_fd_steal(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

static inline void
sp_fd_clear(int *fd)
{
    if (*fd >= 0)
        close(sp_fd_steal(fd));
}

#define sp_autofd __attribute__((cleanup(sp_fd_clear)))
