/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sealed.h"

#include "base/error.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define CHUNK (128u << 10)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static gboolean
refuse(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_FILE, detail, NULL, "could not make a copy of the file");
}

static gboolean
copy(int from, int to, gsize size_max, GError **error)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    for (gsize done = 0;;) {
        gssize got = pread(from, chunk, CHUNK, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !sp_fd_write_all(to, chunk, (gsize)got))
            return refuse(error, g_strerror(errno));
        if (got == 0)
            return TRUE;
        done += (gsize)got;
        if (done > size_max)
            return refuse(error, "It is too large.");
    }
}

int
sp_sealed_copy(int fd, gsize size_max, GError **error)
{
    sp_autofd int sealed = memfd_create("sp-host-copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (sealed < 0) {
        refuse(error, g_strerror(errno));
        return -1;
    }
    if (!copy(fd, sealed, size_max, error))
        return -1;
    if (fcntl(sealed, F_ADD_SEALS, SEALS) == 0)
        return sp_fd_steal(&sealed);
    refuse(error, g_strerror(errno));
    return -1;
}

GBytes *
sp_sealed_map(int sealed_fd, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd(sealed_fd, FALSE, &cause);
    if (mapped == NULL) {
        refuse(error, cause->message);
        return NULL;
    }
    return g_mapped_file_get_bytes(mapped);
}
