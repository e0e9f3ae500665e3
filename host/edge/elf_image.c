/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_image.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MIN sizeof(ElfW(Ehdr))
#define FILE_MAX (256u << 20)
#define SEGMENTS_MAX 64u
/* Enough for the note of nearly every plugin: linkers put notes right after the program headers. */
#define HEAD_OF_NOTES 4096u
/* One read does for nearly every plugin. */
#define HEAD_OF_LOADED (64u << 10)

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#elif defined(__riscv)
#define NATIVE_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define NATIVE_MACHINE EM_PPC64
#elif defined(__s390x__)
#define NATIVE_MACHINE EM_S390
#elif defined(__i386__)
#define NATIVE_MACHINE EM_386
#elif defined(__arm__)
#define NATIVE_MACHINE EM_ARM
#else
#error "add the machine to edge/elf_image.c and its relocations to edge/elf_relocations.c"
#endif
#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

typedef struct {
    guint machine;
    const char *name;
} MachineRow;

static const MachineRow machines[] = {
    {EM_X86_64, "x86-64"}, {EM_AARCH64, "AArch64"}, {EM_RISCV, "RISC-V"}, {EM_PPC64, "POWER"},
    {EM_S390, "S/390"},    {EM_386, "i386"},        {EM_ARM, "Arm"},
};

void
sp_elf_image_free(SpElfImage *image)
{
    if (image == NULL)
        return;
    g_free(image->bytes);
    g_free(image);
}

static gboolean
refuse(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_ELF, detail, NULL, "the file is not a whole shared object");
}

gboolean
sp_elf_malformed(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_ELF_MALFORMED, detail,
                        "Copy the file again, or build it anew.",
                        "the file is no well-formed shared object");
}

static const ElfW(Ehdr) * header_of(const SpElfImage *image)
{
    return (const ElfW(Ehdr) *)image->bytes;
}

static gboolean
read_until(SpElfImage *image, int fd, guint64 end, GError **error)
{
    if (end <= image->length)
        return TRUE;
    image->bytes = g_realloc(image->bytes, end);
    while (image->length < end) {
        gssize got =
            pread(fd, image->bytes + image->length, end - image->length, (off_t)image->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return refuse(error,
                          got == 0 ? "It was cut short while it was read." : g_strerror(errno));
        image->length += (gsize)got;
    }
    return TRUE;
}

static char *
describe_machine(guint machine, guint class, guint data)
{
    const char *name = "unknown machine";
    for (guint i = 0; i < G_N_ELEMENTS(machines); i++)
        if (machines[i].machine == machine)
            name = machines[i].name;
    return g_strdup_printf("%s (%u), %s, %s-endian", name, machine,
                           class == ELFCLASS64 ? "64-bit" : "32-bit",
                           data == ELFDATA2LSB ? "little" : "big");
}

static gboolean
check_machine(const ElfW(Ehdr) * header, GError **error)
{
    const guint8 *ident = header->e_ident;
    guint16 machine = header->e_machine;
    if (ident[EI_DATA] != NATIVE_DATA)
        machine = GUINT16_SWAP_LE_BE(machine);
    if (machine == NATIVE_MACHINE && ident[EI_CLASS] == NATIVE_CLASS &&
        ident[EI_DATA] == NATIVE_DATA)
        return TRUE;
    g_autofree char *theirs = describe_machine(machine, ident[EI_CLASS], ident[EI_DATA]);
    g_autofree char *ours = describe_machine(NATIVE_MACHINE, NATIVE_CLASS, NATIVE_DATA);
    g_autofree char *detail = g_strdup_printf("It is for %s; this host is %s.", theirs, ours);
    return sp_error_set(error, SP_ERROR_ARCHITECTURE, detail,
                        "Build the plugin for the machine that the host runs on.",
                        "the plugin is built for another machine");
}

static gboolean
check_identity(const SpElfImage *image, GError **error)
{
    static const guint8 padding[EI_NIDENT - EI_PAD] = {0};
    const ElfW(Ehdr) *header = header_of(image);
    const guint8 *ident = header->e_ident;
    if (memcmp(ident, ELFMAG, SELFMAG) != 0)
        return refuse(error, "It does not begin as an ELF file does.");
    if (!check_machine(header, error))
        return FALSE;
    if (header->e_type != ET_DYN)
        return refuse(error, "It is an ELF file of another type than a shared object.");
    if (header->e_version != EV_CURRENT || ident[EI_VERSION] != EV_CURRENT)
        return sp_elf_malformed(error, "Its version of ELF is not 1.");
    if ((ident[EI_OSABI] != ELFOSABI_SYSV && ident[EI_OSABI] != ELFOSABI_GNU) ||
        ident[EI_ABIVERSION] != 0 || memcmp(ident + EI_PAD, padding, sizeof padding) != 0)
        return sp_elf_malformed(error, "Its ABI is not version 0 of System V or GNU.");
    return TRUE;
}

/* Section headers stand at the end of the file, and the loader never looks at them. Here they only
 * tell whether the end is still there. */
static gboolean
check_tables(const SpElfImage *image, GError **error)
{
    const ElfW(Ehdr) *header = header_of(image);
    guint64 segments = (guint64)header->e_phnum * sizeof(ElfW(Phdr));
    guint64 sections = (guint64)MAX(header->e_shnum, 1) * header->e_shentsize;
    if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phnum == 0 ||
        header->e_phnum > SEGMENTS_MAX)
        return sp_elf_malformed(error, "Its program headers have an impossible size or number.");
    if (header->e_phoff > image->file_size || segments > image->file_size - header->e_phoff)
        return refuse(error, "Its program headers lie beyond its end, so it was cut short.");
    if (header->e_shoff != 0 &&
        (header->e_shoff > image->file_size || sections > image->file_size - header->e_shoff))
        return refuse(error, "Its section headers lie beyond its end, so it was cut short.");
    if (header->e_phoff % sizeof(ElfW(Addr)) != 0)
        return sp_elf_malformed(error, "Its program headers are not aligned.");
    return TRUE;
}

static gboolean
find_reach(const SpElfImage *image, guint32 type, guint64 *out_reach, GError **error)
{
    *out_reach = image->length;
    for (guint i = 0; i < image->n_segments; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        if (segment->p_filesz == 0)
            continue;
        if (segment->p_offset > image->file_size ||
            segment->p_filesz > image->file_size - segment->p_offset)
            return refuse(error, "A segment of it lies beyond its end, so it was cut short.");
        if (segment->p_type == type)
            *out_reach = MAX(*out_reach, segment->p_offset + segment->p_filesz);
    }
    return TRUE;
}

static gboolean
read_image(SpElfImage *image, int fd, SpElfExtent extent, GError **error)
{
    guint64 head = extent == SP_ELF_NOTES ? HEAD_OF_NOTES : HEAD_OF_LOADED;
    if (!read_until(image, fd, MIN(image->file_size, head), error) ||
        !check_identity(image, error) || !check_tables(image, error))
        return FALSE;
    guint64 offset = header_of(image)->e_phoff;
    image->n_segments = header_of(image)->e_phnum;
    if (!read_until(image, fd, offset + image->n_segments * sizeof(ElfW(Phdr)), error))
        return FALSE;
    image->segments = (const ElfW(Phdr) *)(image->bytes + offset);
    guint64 reach;
    if (!find_reach(image, extent == SP_ELF_NOTES ? PT_NOTE : PT_LOAD, &reach, error) ||
        !read_until(image, fd, reach, error))
        return FALSE;
    image->segments = (const ElfW(Phdr) *)(image->bytes + offset);
    return TRUE;
}

SpElfImage *
sp_elf_image_open(int fd, SpElfExtent extent, GError **error)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || stat.st_size < (off_t)FILE_MIN || stat.st_size > FILE_MAX) {
        refuse(error, "It is smaller than an ELF header or larger than 256 MiB.");
        return NULL;
    }
    g_autoptr(SpElfImage) image = g_new0(SpElfImage, 1);
    image->file_size = (guint64)stat.st_size;
    image->page_size = (guint64)sysconf(_SC_PAGESIZE);
    return read_image(image, fd, extent, error) ? g_steal_pointer(&image) : NULL;
}

const ElfW(Phdr) * sp_elf_image_find(const SpElfImage *image, guint32 type)
{
    for (guint i = 0; i < image->n_segments; i++)
        if (image->segments[i].p_type == type)
            return &image->segments[i];
    return NULL;
}

const ElfW(Phdr) *
    sp_elf_image_segment_at(const SpElfImage *image, guint64 address, guint64 size, guint32 flags)
{
    for (guint i = 0; i < image->n_segments; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & flags) == flags &&
            address >= segment->p_vaddr && address - segment->p_vaddr <= segment->p_memsz &&
            size <= segment->p_memsz - (address - segment->p_vaddr))
            return segment;
    }
    return NULL;
}

const void *
sp_elf_image_at(const SpElfImage *image, guint64 address, guint64 size, guint64 alignment,
                gsize *out_length)
{
    const ElfW(Phdr) *segment = sp_elf_image_segment_at(image, address, size, PF_R);
    if (segment == NULL || address % alignment != 0)
        return NULL;
    guint64 skip = address - segment->p_vaddr;
    if (skip > segment->p_filesz || size > segment->p_filesz - skip)
        return NULL;
    if (out_length != NULL)
        *out_length = segment->p_filesz - skip;
    return image->bytes + segment->p_offset + skip;
}
