/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A file descriptor that closes itself: sp_autofd int fd = open(...). */
#pragma once

#include <unistd.h>

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
