/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What tells one content of one file from every other, without reading it. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/** All zero stands for no file. */
typedef struct {
    guint64 device, inode, size;
    /* Nanoseconds. The change time cannot be set by anybody, and so counts where the modification
     * time is set back by an unpacker. */
    gint64 modified, changed;
} SpFileKey;

SpFileKey sp_file_key(const struct stat *stat);
/** @path: (nullable): relative to the directory @fd; NULL for @fd itself. FALSE, and all zero, when
 * there is no such file. */
gboolean sp_file_key_read(int fd, const char *path, SpFileKey *out_key);
gboolean sp_file_key_equal(const SpFileKey *a, const SpFileKey *b);

/** Whether another write could no longer leave the same times: they are older than the coarsest
 * clock of a file system, of two seconds. */
gboolean sp_file_key_is_settled(const SpFileKey *key);
