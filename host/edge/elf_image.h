/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The bytes of an ELF file and its segments. Read by hand and not with libelf: libelf decodes but
 * does not judge, so that every bound would be ours anyway, and it takes most of the time. */
#pragma once

#include <glib.h>
#include <link.h> /* the loader's own structures: ElfW(...) */

/** A file, or its beginning, in memory of our own: a mapping would die of SIGBUS when somebody cuts
 * the file short. The header and the segments' table are in it and of this machine. */
typedef struct {
    guint8 *bytes;
    gsize length; /* what was read: a part of the file may be missing at its end */
    guint64 file_size;
    const ElfW(Phdr) * segments;
    guint n_segments;
    guint64 page_size;
} SpElfImage;

/** How much of the file is read. Debugging information and section headers never are. */
typedef enum {
    SP_ELF_NOTES,  /* up to the end of the last note */
    SP_ELF_LOADED, /* up to the end of the last segment */
} SpElfExtent;

/**
 * Reads a file, and refuses what is no whole shared object of this machine: magic, class, byte
 * order, type, versions, a table of segments or section headers or a segment beyond its end.
 * @fd: open for reading; its offset is not used
 * Errors: SP_ERROR_ELF, SP_ERROR_ELF_MALFORMED, SP_ERROR_ARCHITECTURE.
 */
SpElfImage *sp_elf_image_open(int fd, SpElfExtent extent, GError **error);
void sp_elf_image_free(SpElfImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpElfImage, sp_elf_image_free)

/**
 * Refuses segments that glibc would misread: PT_LOADs out of order or sharing a page, not congruent
 * with their offset modulo the alignment, larger in the file than in memory, zeroed but not
 * writable, spanning more than 1 GiB; what is told of the mapped file (PT_DYNAMIC, PT_NOTE, ...)
 * and does not lie in a readable PT_LOAD at that offset; a PT_GNU_RELRO outside of writable data;
 * two of what there may be one. Errors: SP_ERROR_ELF_MALFORMED.
 */
gboolean sp_elf_image_check(const SpElfImage *image, GError **error);

/** (nullable): the first segment of a type. */
const ElfW(Phdr) * sp_elf_image_find(const SpElfImage *image, guint32 type);

/** (nullable): the PT_LOAD with all these @flags that has the @size bytes from @address in memory.
 */
const ElfW(Phdr) *
    sp_elf_image_segment_at(const SpElfImage *image, guint64 address, guint64 size, guint32 flags);

/**
 * The bytes of the file that get mapped, readable, at @address; not of an image of notes alone.
 * @alignment: a power of two that the address must be a multiple of
 * @out_length: (nullable): how many follow up to the end of their segment, at least @size
 * Returns: (nullable): aligned as the address is; NULL when there are not @size
 */
const void *sp_elf_image_at(const SpElfImage *image, guint64 address, guint64 size,
                            guint64 alignment, gsize *out_length);

/** "the file is no well-formed shared object". Always FALSE. */
gboolean sp_elf_malformed(GError **error, const char *detail);
