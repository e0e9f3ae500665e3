/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/build_id.h"

#include <link.h>
#include <string.h>

#define ROUND_UP(size, align) (((size) + (align)-1) / (align) * (align))
#define OWNER "GNU"

static char *
to_hex(const guint8 *bytes, gsize length)
{
    GString *hex = g_string_sized_new(2 * length);
    for (gsize i = 0; i < length; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

/* Our own mapped notes, so nothing here is a stranger's. */
static char *
find_in(const guint8 *notes, gsize length, gsize align)
{
    while (length >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        gsize desc = ROUND_UP(sizeof note + note.n_namesz, align);
        gsize end = ROUND_UP(desc + note.n_descsz, align);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof OWNER &&
            memcmp(notes + sizeof note, OWNER, sizeof OWNER) == 0)
            return to_hex(notes + desc, note.n_descsz);
        notes += MIN(end, length);
        length -= MIN(end, length);
    }
    return NULL;
}

/* The executable itself is always the first. */
static int
visit(struct dl_phdr_info *object, size_t size, void *data)
{
    char **id = data;
    for (int i = 0; i < object->dlpi_phnum && *id == NULL; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE)
            *id = find_in((const guint8 *)(object->dlpi_addr + segment->p_vaddr), segment->p_memsz,
                          segment->p_align == 8 ? 8 : 4);
    }
    return 1;
}

char *
sp_build_id(void)
{
    char *id = NULL;
    dl_iterate_phdr(visit, &id);
    return id;
}
