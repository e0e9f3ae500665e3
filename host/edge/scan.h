/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Lists the candidate files of a plugin directory, and opens what may be opened. */
#pragma once

#include "edge/file_key.h"

typedef struct SpDirectory SpDirectory;

/** One file that may be a plugin, or the reason why it is none. Owned by its directory. */
typedef struct {
    const char *name;      /* base name, as the directory has it */
    const char *path;      /* absolute, UTF-8, for people */
    const GError *refusal; /* (nullable): SP_ERROR_FILE, SP_ERROR_PERMISSION */
    SpFileKey key;         /* what the name stood for; only when not refused */
} SpCandidate;

/**
 * Opens a directory and lists every "*.so" in it, in byte order of names: regular files, seen
 * without following links, owned by root or the effective user, not writable by group or others.
 * No file is opened. What fails is listed with its refusal. The directory and all its ancestors
 * must be owned by root or the effective user and not be writable by group or others (a sticky
 * ancestor such as /tmp is accepted, the directory itself must be safe). Links in @path are
 * followed; what they lead to is what is checked and shown. Errors: SP_ERROR_DIRECTORY (missing,
 * not a directory, not readable), SP_ERROR_PERMISSION.
 */
SpDirectory *sp_directory_scan(const char *path, GError **error);

/** The same for one named file: a directory that lists only this. A name need not end in ".so". */
SpDirectory *sp_directory_scan_file(const char *path, GError **error);

void sp_directory_free(SpDirectory *directory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDirectory, sp_directory_free)

/** The open directory; valid until sp_directory_free(). Plugins are opened as
 * /proc/self/fd/FD/NAME. */
int sp_directory_get_fd(const SpDirectory *directory);
const char *sp_directory_get_path(const SpDirectory *directory);
guint sp_directory_get_n(const SpDirectory *directory);
const SpCandidate *sp_directory_get(const SpDirectory *directory, guint index);

/**
 * Opens a candidate that was not refused, for reading and close-on-exec, and checks the open file
 * as the listing checked its name.
 * Returns: (transfer full): the descriptor, or -1
 * Errors: SP_ERROR_FILE (also when the name now stands for another file), SP_ERROR_PERMISSION.
 */
int sp_directory_open(const SpDirectory *directory, guint index, GError **error);

/**
 * Opens the file that stands beside a candidate that was not refused and has its name and @suffix,
 * with the same checks.
 * @out_fd: (out) (transfer full): -1 when there is no such file, which is no error
 * Errors: SP_ERROR_FILE, SP_ERROR_PERMISSION.
 */
gboolean sp_directory_open_beside(const SpDirectory *directory, guint index, const char *suffix,
                                  int *out_fd, GError **error);

/**
 * Opens any directory that is as safe as one of plugins has to be: it and all above it, after
 * links, owned by root or the effective user and not writable by others.
 * Returns: (transfer full): the descriptor, or -1
 * Errors: SP_ERROR_DIRECTORY, SP_ERROR_PERMISSION.
 */
int sp_directory_open_safe(const char *path, GError **error);
