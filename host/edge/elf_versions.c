/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_dynamic.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_MASK 0x7fffu /* the highest bit hides a version from the linker */
#define ALIGNMENT 4u
#define GLIBC "GLIBC_"

G_STATIC_ASSERT(sizeof(ElfW(Verneed)) == sizeof(ElfW(Vernaux)));

static const char *const broken_need = "What it says of versions that it needs is not in the file.";
static const char *const broken_definition =
    "What it says of versions that it defines is not in the file.";

/* Both are lists of lists, linked by distances; the loader walks them to a distance of 0. */
typedef struct {
    SpElfDynamic *dynamic;
    guint64 steps; /* left; more than the file has room for is a list within another */
    guint highest; /* index of a version */
} Walk;

static const void *
record_at(Walk *walk, guint64 address, gsize size)
{
    if (walk->steps == 0)
        return NULL;
    walk->steps--;
    return sp_elf_image_at(walk->dynamic->image, address, size, ALIGNMENT, NULL);
}

/* The hash function of the System V ABI. */
static guint32
hash_of(const char *name)
{
    guint32 hash = 0;
    for (; *name != '\0'; name++) {
        hash = (hash << 4) + (guint8)*name;
        hash ^= hash >> 24 & 0xf0;
    }
    return hash & 0x0fffffff;
}

static gboolean
is_needed(const SpElfDynamic *dynamic, const char *library)
{
    for (gsize i = 0; i < dynamic->n_entries; i++)
        if (dynamic->entries[i].d_tag == DT_NEEDED &&
            strcmp(dynamic->strings + dynamic->entries[i].d_un.d_val, library) == 0)
            return TRUE;
    return FALSE;
}

static void
note_glibc(SpElfDynamic *dynamic, const char *version)
{
    if (!g_str_has_prefix(version, GLIBC) || !g_ascii_isdigit(version[sizeof GLIBC - 1]))
        return;
    char *end;
    gulong major = strtoul(version + sizeof GLIBC - 1, &end, 10);
    gulong minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
    if (major > dynamic->glibc_major ||
        (major == dynamic->glibc_major && minor > dynamic->glibc_minor)) {
        dynamic->glibc_major = (guint)MIN(major, G_MAXUINT);
        dynamic->glibc_minor = (guint)MIN(minor, G_MAXUINT);
    }
}

static const char *
judge_need(Walk *walk, guint64 at, guint32 distance)
{
    SpElfDynamic *dynamic = walk->dynamic;
    while (distance != 0) {
        at += distance;
        const ElfW(Vernaux) *need = record_at(walk, at, sizeof *need);
        if (need == NULL || need->vna_name >= dynamic->n_strings)
            return broken_need;
        const char *version = dynamic->strings + need->vna_name;
        if (need->vna_hash != hash_of(version))
            return "A version that it needs has another hash than its name.";
        walk->highest = MAX(walk->highest, need->vna_other & INDEX_MASK);
        if ((need->vna_flags & VER_FLG_WEAK) == 0)
            note_glibc(dynamic, version);
        distance = need->vna_next;
    }
    return NULL;
}

static const char *
judge_needs(Walk *walk)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    guint64 at = dynamic->values[SP_DYNAMIC_VERNEED];
    for (guint32 distance = 1; distance != 0; at += distance) {
        const ElfW(Verneed) *library = record_at(walk, at, sizeof *library);
        if (library == NULL || library->vn_version != VER_NEED_CURRENT ||
            library->vn_file >= dynamic->n_strings || library->vn_aux == 0)
            return broken_need;
        if (!is_needed(dynamic, dynamic->strings + library->vn_file))
            return "It needs a version of a library that it does not need.";
        const char *fault = judge_need(walk, at, library->vn_aux);
        if (fault != NULL)
            return fault;
        distance = library->vn_next;
    }
    return NULL;
}

static const char *
judge_definitions(Walk *walk)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    guint64 at = dynamic->values[SP_DYNAMIC_VERDEF];
    for (guint32 distance = 1; distance != 0; at += distance) {
        const ElfW(Verdef) *definition = record_at(walk, at, sizeof *definition);
        if (definition == NULL || definition->vd_version != VER_DEF_CURRENT)
            return broken_definition;
        const ElfW(Verdaux) *name = record_at(walk, at + definition->vd_aux, sizeof *name);
        if (name == NULL || name->vda_name >= dynamic->n_strings)
            return broken_definition;
        walk->highest = MAX(walk->highest, definition->vd_ndx & INDEX_MASK);
        distance = definition->vd_next;
    }
    return NULL;
}

static const char *
judge_indices(const Walk *walk)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    if (!sp_elf_dynamic_has(dynamic, SP_DYNAMIC_VERSYM))
        return NULL;
    const ElfW(Versym) *versions =
        sp_elf_image_at(dynamic->image, dynamic->values[SP_DYNAMIC_VERSYM],
                        dynamic->n_symbols * sizeof *versions, sizeof *versions, NULL);
    if (versions == NULL || walk->highest == 0)
        return "Its symbols have versions, but the file does not say which.";
    for (guint64 i = 0; i < dynamic->n_symbols; i++)
        if ((versions[i] & INDEX_MASK) > walk->highest)
            return "A symbol of it has a version that the file does not name.";
    return NULL;
}

gboolean
sp_elf_versions_check(SpElfDynamic *dynamic, GError **error)
{
    const char *fault = NULL;
    Walk walk = {.dynamic = dynamic,
                 .steps =
                     dynamic->image->length / MIN(sizeof(ElfW(Vernaux)), sizeof(ElfW(Verdaux)))};
    if (sp_elf_dynamic_has(dynamic, SP_DYNAMIC_VERNEED))
        fault = judge_needs(&walk);
    if (fault == NULL && sp_elf_dynamic_has(dynamic, SP_DYNAMIC_VERDEF))
        fault = judge_definitions(&walk);
    if (fault == NULL)
        fault = judge_indices(&walk);
    return fault == NULL || sp_elf_malformed(error, fault);
}
