/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/file_key.h"

#include <fcntl.h>
#include <string.h>

#define SETTLED_US (2 * G_USEC_PER_SEC)

static gint64
nanoseconds(const struct timespec *time)
{
    return (gint64)time->tv_sec * 1000000000 + time->tv_nsec;
}

SpFileKey
sp_file_key(const struct stat *stat)
{
    return (SpFileKey){
        .device = stat->st_dev,
        .inode = stat->st_ino,
        .size = (guint64)stat->st_size,
        .modified = nanoseconds(&stat->st_mtim),
        .changed = nanoseconds(&stat->st_ctim),
    };
}

gboolean
sp_file_key_read(int fd, const char *path, SpFileKey *out_key)
{
    struct stat stat;
    *out_key = (SpFileKey){0};
    if ((path != NULL ? fstatat(fd, path, &stat, AT_SYMLINK_NOFOLLOW) : fstat(fd, &stat)) != 0)
        return FALSE;
    *out_key = sp_file_key(&stat);
    return TRUE;
}

gboolean
sp_file_key_equal(const SpFileKey *a, const SpFileKey *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

gboolean
sp_file_key_is_settled(const SpFileKey *key)
{
    gint64 youngest = MAX(key->modified, key->changed) / 1000;
    return g_get_real_time() - youngest > SETTLED_US;
}
