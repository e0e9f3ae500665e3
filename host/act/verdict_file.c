/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/verdict_file.h"

#include "base/fd.h"
#include "model/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC "SPVC"
#define VERSION 2u
#define FILE_MAX (64u << 20)
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

typedef struct {
    char magic[4];
    guint32 version; /* in the byte order of the machine: it never leaves it */
    guint64 checksum;
} Head;

/* Returns: (nullable): what is wrong with it */
static const char *
find_fault(const struct stat *stat)
{
    /* It has no name any more when another host replaced it meanwhile. */
    if (!S_ISREG(stat->st_mode) || stat->st_nlink > 1)
        return "it is no regular file, or has a second name";
    if (stat->st_uid != geteuid())
        return "it belongs to another user";
    if ((stat->st_mode & WRITABLE_BY_OTHERS) != 0)
        return "others may write it";
    if (stat->st_size < (off_t)sizeof(Head) || stat->st_size > FILE_MAX)
        return "it is too short or too long";
    return NULL;
}

static GBytes *
read_bytes(int fd, gsize size)
{
    guint8 *bytes = g_malloc(size);
    g_autoptr(GBytes) all = g_bytes_new_take(bytes, size);
    for (gsize done = 0; done < size;) {
        gssize got = read(fd, bytes + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return NULL;
        done += (gsize)MAX(got, 0);
    }
    return g_steal_pointer(&all);
}

static GBytes *
check(GBytes *bytes)
{
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Head head;
    memcpy(&head, data, sizeof head);
    if (memcmp(head.magic, MAGIC, sizeof head.magic) != 0 || head.version != VERSION ||
        head.checksum != sp_checksum_bytes(data + sizeof head, size - sizeof head))
        return NULL;
    return g_bytes_new_from_bytes(bytes, sizeof head, size - sizeof head);
}

GBytes *
sp_verdict_file_read(int directory_fd, const char *name)
{
    sp_autofd int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0) {
        g_debug("nothing is kept in \"%s\" so far: %s", name, g_strerror(errno));
        return NULL;
    }
    const char *fault = find_fault(&stat);
    g_autoptr(GBytes) bytes = fault == NULL ? read_bytes(fd, (gsize)stat.st_size) : NULL;
    GBytes *body = bytes != NULL ? check(bytes) : NULL;
    if (body == NULL)
        g_debug("what \"%s\" keeps is ignored: %s", name,
                fault != NULL ? fault : "the file is damaged");
    return body;
}

static gboolean
write_body(int fd, GBytes *body)
{
    gsize length;
    gconstpointer data = g_bytes_get_data(body, &length);
    Head head = {.version = VERSION, .checksum = sp_checksum_bytes(data, length)};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    return sp_fd_write_all(fd, &head, sizeof head) && sp_fd_write_all(fd, data, length) &&
           fsync(fd) == 0;
}

/* The process is part of the name, since a fork inherits the random numbers to come. */
void
sp_verdict_file_write(int directory_fd, const char *name, GBytes *body)
{
    g_autofree char *passing = g_strdup_printf("%s.%d.%08x", name, (int)getpid(), g_random_int());
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    sp_autofd int fd = openat(directory_fd, passing, flags, 0600);
    gboolean is_written =
        fd >= 0 && write_body(fd, body) && renameat(directory_fd, passing, directory_fd, name) == 0;
    if (is_written && fsync(directory_fd) == 0)
        return;
    g_debug("\"%s\" could not be written: %s", name, g_strerror(errno));
    if (fd >= 0 && !is_written)
        unlinkat(directory_fd, passing, 0);
}
