/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Changes of a shared object in memory. In the header, since it is small. */
#pragma once

#include <criterion/criterion.h>
#include <glib.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int
sp_test_open_bytes(const guint8 *bytes, gsize length)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, bytes, length), (gssize)length);
    return fd;
}

static inline ElfW(Ehdr) * sp_test_elf_header(GByteArray *bytes)
{
    return (ElfW(Ehdr) *)bytes->data;
}

/** (nullable): the @nth segment of a type, from 0. */
static inline ElfW(Phdr) * sp_test_elf_segment(GByteArray *bytes, guint type, guint nth)
{
    ElfW(Phdr) *segments = (ElfW(Phdr) *)(bytes->data + sp_test_elf_header(bytes)->e_phoff);
    for (guint i = 0; i < sp_test_elf_header(bytes)->e_phnum; i++)
        if (segments[i].p_type == type && nth-- == 0)
            return &segments[i];
    return NULL;
}

/** (nullable): the entry of the dynamic segment. */
static inline ElfW(Dyn) * sp_test_elf_entry(GByteArray *bytes, gint64 tag)
{
    const ElfW(Phdr) *segment = sp_test_elf_segment(bytes, PT_DYNAMIC, 0);
    ElfW(Dyn) *entry = (ElfW(Dyn) *)(bytes->data + segment->p_offset);
    while (entry->d_tag != tag && entry->d_tag != DT_NULL)
        entry++;
    return entry->d_tag == tag ? entry : NULL;
}

/** Replaces every occurrence of a text by one as long. */
static inline void
sp_test_elf_replace(GByteArray *bytes, const char *text, const char *by)
{
    gsize length = strlen(text);
    guint n = 0;
    cr_assert_eq(length, strlen(by));
    for (gsize i = 0; i + length <= bytes->len; i++)
        if (memcmp(bytes->data + i, text, length) == 0) {
            memcpy(bytes->data + i, by, length);
            n++;
        }
    cr_assert_gt(n, 0u, "no \"%s\"", text);
}
