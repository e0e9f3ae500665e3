/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_check.h"

#include "base/error.h"

#include <sp/extension.h>
#include <string.h>

/* All objects that come after the start share what glibc 2.36 keeps to spare: some 1.5 KiB
 * (_dl_tls_static_surplus_init). */
#define STATIC_TLS_MAX 1024u

static void
check_stack(const SpElfImage *image, SpFindings *findings)
{
    const ElfW(Phdr) *stack = sp_elf_image_find(image, PT_GNU_STACK);
    if (stack != NULL && (stack->p_flags & PF_X) == 0)
        return;
    sp_findings_refuse(
        findings,
        sp_error_new(
            SP_ERROR_EXECUTABLE_STACK,
            stack != NULL
                ? "It would make the stack of the host executable."
                : "It does not say what stack it needs (PT_GNU_STACK), so the loader would "
                  "make that of the host executable.",
            "Link the plugin with -Wl,-z,noexecstack.", "the plugin asks for an executable stack"));
}

static void
check_code(const SpElfImage *image, SpFindings *findings)
{
    for (guint i = 0; i < image->n_segments; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_W | PF_X)) != (PF_W | PF_X))
            continue;
        g_autofree char *detail = g_strdup_printf("Segment %u, of %" G_GUINT64_FORMAT
                                                  " bytes, is both writable and executable.",
                                                  i, (guint64)segment->p_memsz);
        sp_findings_refuse(findings,
                           sp_error_new(SP_ERROR_WRITABLE_CODE, detail,
                                        "Link the plugin without -N (--omagic), and without a "
                                        "script that puts code and data together.",
                                        "the plugin has code that can be written to"));
        return;
    }
}

void
sp_elf_check_segments(const SpElfImage *image, SpFindings *findings)
{
    check_stack(image, findings);
    check_code(image, findings);
}

static void
check_relocations(const SpElfDynamic *dynamic, SpFindings *findings)
{
    if (sp_elf_dynamic_has(dynamic, DT_TEXTREL) || (dynamic->values[DT_FLAGS] & DF_TEXTREL) != 0)
        sp_findings_refuse(findings,
                           sp_error_new(SP_ERROR_TEXT_RELOCATIONS,
                                        "The loader would make its code writable for a while.",
                                        "Compile the plugin with -fPIC; -Wl,-z,text shows what is "
                                        "not.",
                                        "the plugin has relocations in its code"));
}

const char *
sp_elf_below_origin(const char *entry)
{
    static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
    const char *rest = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(origins); i++)
        if (g_str_has_prefix(entry, origins[i]))
            rest = entry + strlen(origins[i]);
    if (rest == NULL || (*rest != '\0' && *rest != '/'))
        return NULL;
    while (*rest == '/')
        rest++;
    g_auto(GStrv) parts = g_strsplit(rest, "/", -1);
    return strchr(rest, '$') != NULL || g_strv_contains((const char *const *)parts, "..") ? NULL
                                                                                          : rest;
}

static void
refuse_path(SpFindings *findings, const char *what, const char *path)
{
    g_autofree char *shown = g_utf8_make_valid(path, -1);
    g_autofree char *detail = g_strdup_printf(
        "%s is \"%s\"; allowed is DT_RUNPATH with $ORIGIN or a folder below it.", what, shown);
    sp_findings_refuse(findings,
                       sp_error_new(SP_ERROR_RPATH, detail,
                                    "Link the plugin without -rpath, or with "
                                    "-Wl,--enable-new-dtags,-rpath,'$ORIGIN'.",
                                    "the plugin looks for libraries outside of its folder"));
}

static void
check_paths(const SpElfDynamic *dynamic, SpFindings *findings)
{
    const char *rpath = sp_elf_dynamic_string(dynamic, DT_RPATH);
    const char *runpath = sp_elf_dynamic_string(dynamic, DT_RUNPATH);
    if (rpath != NULL)
        refuse_path(findings, "Its DT_RPATH", rpath);
    g_auto(GStrv) entries = runpath != NULL ? g_strsplit(runpath, ":", -1) : NULL;
    gboolean is_below = TRUE;
    for (guint i = 0; entries != NULL && entries[i] != NULL; i++)
        is_below = is_below && sp_elf_below_origin(entries[i]) != NULL;
    if (!is_below)
        refuse_path(findings, "Its DT_RUNPATH", runpath);
    /* A name with a slash is a path, and one with a dollar becomes whatever stands for it. */
    for (gsize i = 0; i < dynamic->n_entries; i++) {
        const char *name = dynamic->strings + dynamic->entries[i].d_un.d_val;
        if (dynamic->entries[i].d_tag == DT_NEEDED && strpbrk(name, "/$") != NULL)
            refuse_path(findings, "A library that it needs", name);
    }
}

static void
check_thread_local(const SpElfDynamic *dynamic, SpFindings *findings)
{
    const ElfW(Phdr) *storage = sp_elf_image_find(dynamic->image, PT_TLS);
    if (storage == NULL || (dynamic->values[DT_FLAGS] & DF_STATIC_TLS) == 0 ||
        storage->p_memsz <= STATIC_TLS_MAX)
        return;
    g_autofree char *detail = g_strdup_printf(
        "It wants %" G_GUINT64_FORMAT " bytes; one plugin may have %u, since all share what the C "
        "library keeps to spare.",
        (guint64)storage->p_memsz, STATIC_TLS_MAX);
    sp_findings_refuse(findings, sp_error_new(SP_ERROR_STATIC_TLS, detail,
                                              "Compile the plugin without "
                                              "-ftls-model=initial-exec.",
                                              "the plugin has too much static thread-local "
                                              "storage"));
}

static void
check_symbol(const SpElfDynamic *dynamic, SpFindings *findings)
{
    guint n = 0;
    for (guint64 i = 0; i < dynamic->n_symbols; i++)
        n += dynamic->symbols[i].st_shndx != SHN_UNDEF &&
             strcmp(dynamic->strings + dynamic->symbols[i].st_name, SP_EXTENSION_SYMBOL) == 0;
    if (n <= 1)
        return;
    g_autofree char *detail = g_strdup_printf("It defines %u of them, in several versions.", n);
    sp_findings_refuse(findings,
                       sp_error_new(SP_ERROR_AMBIGUOUS_SYMBOL, detail,
                                    "Export one, without .symver and version script.",
                                    "the file exports more than one " SP_EXTENSION_SYMBOL));
}

void
sp_elf_check_dynamic(const SpElfDynamic *dynamic, SpFindings *findings)
{
    check_relocations(dynamic, findings);
    check_paths(dynamic, findings);
    check_thread_local(dynamic, findings);
    check_symbol(dynamic, findings);
}
