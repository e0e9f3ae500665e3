/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_image.h"

/* glibc reserves the whole span at once; the largest libraries have some hundred megabytes. */
#define SPAN_MAX (G_GUINT64_CONSTANT(1) << 30)

typedef enum {
    IS_SINGLE = 1 << 0,
    IS_MAPPED = 1 << 1,  /* the loader, the unwinder or a debugger reads it in memory */
    IS_PATCHED = 1 << 2, /* the loader writes there */
} SegmentTrait;

typedef struct {
    guint32 type;
    guint traits;
} SegmentRow;

static const SegmentRow segment_rows[] = {
    {PT_DYNAMIC, IS_SINGLE | IS_MAPPED},
    {PT_NOTE, IS_MAPPED},
    {PT_PHDR, IS_SINGLE | IS_MAPPED},
    {PT_TLS, IS_SINGLE},
    {PT_INTERP, IS_SINGLE | IS_MAPPED},
    {PT_GNU_EH_FRAME, IS_SINGLE | IS_MAPPED},
    {PT_GNU_STACK, IS_SINGLE},
    {PT_GNU_PROPERTY, IS_SINGLE | IS_MAPPED},
    {PT_GNU_RELRO, IS_SINGLE | IS_PATCHED},
};

static guint64
round_down(guint64 address, guint64 page_size)
{
    return address & ~(page_size - 1);
}

static guint64
round_up(guint64 address, guint64 page_size)
{
    return round_down(address + page_size - 1, page_size);
}

static gboolean
is_power_of_two(guint64 number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* @end: of the segment before, rounded up to a page */
static const char *
judge_load(const SpElfImage *image, const ElfW(Phdr) * load, guint64 first, guint64 end)
{
    if (load->p_filesz > load->p_memsz)
        return "A segment of it is larger in the file than in memory.";
    if (!is_power_of_two(load->p_align) || load->p_align < image->page_size ||
        load->p_align > SPAN_MAX)
        return "A segment of it is not aligned to pages of this system.";
    if ((load->p_vaddr - load->p_offset) % load->p_align != 0)
        return "Address and offset of a segment do not stand on the same place in a page.";
    if (round_down(load->p_vaddr, image->page_size) < end)
        return "Its segments are out of order or overlap.";
    if (load->p_memsz > SPAN_MAX || load->p_vaddr - first > SPAN_MAX - load->p_memsz)
        return "Its segments span more than 1 GiB.";
    if (load->p_memsz > load->p_filesz && (load->p_flags & PF_W) == 0)
        return "A segment that has to be zeroed is not writable.";
    return NULL;
}

static const char *
judge_loads(const SpElfImage *image)
{
    const ElfW(Phdr) *first = NULL;
    guint64 end = 0;
    for (guint i = 0; i < image->n_segments; i++) {
        const ElfW(Phdr) *load = &image->segments[i];
        if (load->p_type != PT_LOAD || load->p_memsz == 0)
            continue;
        if (first == NULL)
            first = load;
        if (first->p_vaddr > G_MAXUINT64 / 2)
            return "Its addresses are beyond what a process has.";
        const char *fault = judge_load(image, load, first->p_vaddr, end);
        if (fault != NULL)
            return fault;
        end = round_up(load->p_vaddr + load->p_memsz, image->page_size);
    }
    return first == NULL ? "It has no segment to load." : NULL;
}

static gboolean
is_mapped(const SpElfImage *image, const ElfW(Phdr) * segment)
{
    const void *bytes = sp_elf_image_at(image, segment->p_vaddr, segment->p_filesz, 1, NULL);
    return segment->p_memsz <= segment->p_filesz && bytes == image->bytes + segment->p_offset;
}

/* Linkers let it reach up to the end of the page. */
static gboolean
is_patched(const SpElfImage *image, const ElfW(Phdr) * segment)
{
    const ElfW(Phdr) *load = sp_elf_image_segment_at(image, segment->p_vaddr, 1, PF_R | PF_W);
    return load != NULL &&
           segment->p_memsz <=
               round_up(load->p_vaddr + load->p_memsz, image->page_size) - segment->p_vaddr;
}

static const char *
judge_thread_local(const SpElfImage *image, const ElfW(Phdr) * tls)
{
    if (tls->p_filesz > tls->p_memsz || tls->p_memsz > SPAN_MAX ||
        (tls->p_align != 0 && (!is_power_of_two(tls->p_align) || tls->p_align > image->page_size)))
        return "Its thread-local storage has an impossible size or alignment.";
    if (tls->p_filesz > 0 && sp_elf_image_at(image, tls->p_vaddr, tls->p_filesz, 1, NULL) == NULL)
        return "The initial content of its thread-local storage is not in the file.";
    return NULL;
}

static const char *
judge_other(const SpElfImage *image, const ElfW(Phdr) * segment, guint traits)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)image->bytes;
    if ((traits & IS_SINGLE) != 0 && sp_elf_image_find(image, segment->p_type) != segment)
        return "It has two segments of a kind that there may be one of.";
    if (segment->p_type == PT_TLS)
        return judge_thread_local(image, segment);
    if (segment->p_type == PT_PHDR && (segment->p_offset != header->e_phoff ||
                                       segment->p_filesz < image->n_segments * sizeof(ElfW(Phdr))))
        return "It has two tables of program headers.";
    if ((traits & IS_MAPPED) != 0 && segment->p_memsz > 0 && !is_mapped(image, segment))
        return "A segment of it does not lie in what is loaded.";
    if ((traits & IS_PATCHED) != 0 && segment->p_memsz > 0 && !is_patched(image, segment))
        return "What is to be made read-only is no data of it.";
    return NULL;
}

gboolean
sp_elf_image_check(const SpElfImage *image, GError **error)
{
    const char *fault = judge_loads(image);
    for (guint i = 0; fault == NULL && i < image->n_segments; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        for (guint row = 0; fault == NULL && row < G_N_ELEMENTS(segment_rows); row++)
            if (segment_rows[row].type == segment->p_type)
                fault = judge_other(image, segment, segment_rows[row].traits);
    }
    return fault == NULL || sp_elf_malformed(error, fault);
}
