/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf.h"

#include "base/abi.h"
#include "base/error.h"
#include "edge/note.h"

#include <errno.h>
#include <gelf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MIN 64u
#define FILE_MAX (256u << 20)
#define HEADERS_MAX 64u
/* Enough for the note of nearly every plugin: linkers put notes right after the program headers. */
#define HEAD_BYTES 4096u

#define WORD sizeof(guint32)

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
#error "add the machine to edge/elf.c"
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

/* The beginning of the file, or all of it, in memory of our own: a mapping would die of SIGBUS
 * when somebody cuts the file short. */
typedef struct {
    char *bytes;
    gsize length;
    guint64 file_size;
    guint64 reach; /* how much of the file it takes to read the notes */
    guint n_headers;
    Elf *elf;
} Image;

/* Where the dynamic segment says that things are, as addresses; 0 when it does not say. */
typedef struct {
    guint64 symbols;
    guint64 strings;
    guint64 hash;
    guint64 gnu_hash;
} Dynamic;

static void
image_free(Image *image)
{
    if (image == NULL)
        return;
    g_clear_pointer(&image->elf, elf_end);
    g_free(image->bytes);
    g_free(image);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

static gboolean
refuse(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_ELF, detail, NULL, "the file is not a whole shared object");
}

static gboolean
read_bytes(Image *image, int fd, GError **error)
{
    image->bytes = g_malloc(image->length);
    for (gsize done = 0; done < image->length;) {
        gssize got = pread(fd, image->bytes + done, image->length - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return refuse(error,
                          got == 0 ? "It was cut short while it was read." : g_strerror(errno));
        done += (gsize)got;
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
check_machine(const Image *image, GError **error)
{
    const guint8 *ident = (const guint8 *)image->bytes;
    if (memcmp(ident, ELFMAG, SELFMAG) != 0)
        return refuse(error, "It does not begin as an ELF file does.");
    guint16 machine;
    memcpy(&machine, ident + offsetof(ElfW(Ehdr), e_machine), sizeof machine);
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

/* Section headers stand at the end of the file, and the loader never looks at them. Here they only
 * tell whether the end is still there; libelf then gets a copy without any. */
static gboolean
check_and_drop_sections(const Image *image, ElfW(Ehdr) * header, GError **error)
{
    guint64 table = (guint64)MAX(header->e_shnum, 1) * header->e_shentsize;
    if (header->e_shoff != 0 &&
        (header->e_shoff > image->file_size || table > image->file_size - header->e_shoff))
        return refuse(error, "Its section headers lie beyond its end, so it was cut short.");
    header->e_shoff = 0;
    header->e_shnum = 0;
    header->e_shstrndx = SHN_UNDEF;
    return TRUE;
}

static gboolean
check_header(Image *image, GError **error)
{
    ElfW(Ehdr) *header = (ElfW(Ehdr) *)image->bytes;
    guint64 table = (guint64)header->e_phnum * sizeof(ElfW(Phdr));
    if (header->e_version != EV_CURRENT || header->e_type != ET_DYN)
        return refuse(error, "It is an ELF file of another type than a shared object.");
    if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phnum == 0 ||
        header->e_phnum > HEADERS_MAX)
        return refuse(error, "Its program headers have an impossible size or number.");
    if (header->e_phoff > image->file_size || table > image->file_size - header->e_phoff)
        return refuse(error, "Its program headers lie beyond its end, so it was cut short.");
    image->n_headers = header->e_phnum;
    image->reach = header->e_phoff + table;
    return check_and_drop_sections(image, header, error);
}

static gboolean
check_segment(const Image *image, const GElf_Phdr *segment, GError **error)
{
    if (segment->p_filesz != 0 && (segment->p_offset > image->file_size ||
                                   segment->p_filesz > image->file_size - segment->p_offset))
        return refuse(error, "A segment of it lies beyond its end, so it was cut short.");
    if (segment->p_type == PT_LOAD && segment->p_filesz > segment->p_memsz)
        return refuse(error, "A segment of it is larger in the file than in memory.");
    /* The loader would make the stack of the whole host executable, without a word. */
    if (segment->p_type == PT_GNU_STACK && (segment->p_flags & PF_X) != 0)
        return sp_error_set(error, SP_ERROR_ELF, "It would make the stack of the host executable.",
                            "Link the plugin with -z noexecstack.",
                            "the plugin asks for an executable stack");
    return TRUE;
}

static gboolean
check_segments(Image *image, GError **error)
{
    for (guint i = 0; i < image->n_headers; i++) {
        GElf_Phdr segment;
        if (gelf_getphdr(image->elf, (int)i, &segment) == NULL)
            return refuse(error, elf_errmsg(-1));
        if (!check_segment(image, &segment, error))
            return FALSE;
        if (segment.p_type == PT_NOTE)
            image->reach = MAX(image->reach, segment.p_offset + segment.p_filesz);
    }
    return TRUE;
}

static Image *
image_open(int fd, gsize length_max, GError **error)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || stat.st_size < FILE_MIN || stat.st_size > FILE_MAX) {
        refuse(error, "It has less than 64 bytes or more than 256 MiB.");
        return NULL;
    }
    g_autoptr(Image) image = g_new0(Image, 1);
    image->file_size = (guint64)stat.st_size;
    image->length = MIN((gsize)stat.st_size, length_max);
    if (!read_bytes(image, fd, error) || !check_machine(image, error) ||
        !check_header(image, error))
        return NULL;
    elf_version(EV_CURRENT);
    image->elf = elf_memory(image->bytes, image->length);
    if (image->elf == NULL || elf_kind(image->elf) != ELF_K_ELF) {
        refuse(error, elf_errmsg(-1));
        return NULL;
    }
    if (image->reach <= image->length && !check_segments(image, error))
        return NULL;
    return g_steal_pointer(&image);
}

static Image *
image_open_for_notes(int fd, GError **error)
{
    g_autoptr(Image) head = image_open(fd, HEAD_BYTES, error);
    if (head == NULL || head->reach <= head->length)
        return g_steal_pointer(&head);
    return image_open(fd, G_MAXSIZE, error);
}

/* The bytes of the file that get mapped at @address, up to the end of their segment; NULL and 0
 * when there are none. Only for an image of the whole file. */
static const char *
image_span(const Image *image, guint64 address, gsize *out_length)
{
    *out_length = 0;
    for (guint i = 0; i < image->n_headers; i++) {
        GElf_Phdr segment;
        gelf_getphdr(image->elf, (int)i, &segment);
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            address - segment.p_vaddr >= segment.p_filesz)
            continue;
        guint64 skip = address - segment.p_vaddr;
        *out_length = segment.p_filesz - skip;
        return image->bytes + segment.p_offset + skip;
    }
    return NULL;
}

static gboolean
parse_note(const Elf_Data *data, const GElf_Nhdr *note, gsize desc, SpElfFacts *facts,
           GError **error)
{
    if (facts->has_note)
        return sp_error_set(error, SP_ERROR_NOTE, "One file holds one extension.", NULL,
                            "the plugin has more than one note");
    return sp_note_parse((const char *)data->d_buf + desc, note->n_descsz, facts, error);
}

static gboolean
read_note_segment(const Image *image, const GElf_Phdr *segment, SpElfFacts *facts, GError **error)
{
    Elf_Data *data = elf_getdata_rawchunk(image->elf, (int64_t)segment->p_offset, segment->p_filesz,
                                          segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    GElf_Nhdr note;
    gsize name, desc;
    for (gsize at = 0; data != NULL && (at = gelf_getnote(data, at, &note, &name, &desc)) > 0;) {
        gboolean is_ours =
            note.n_type == SP_NOTE_TYPE && note.n_namesz == sizeof SP_NOTE_OWNER &&
            memcmp((const char *)data->d_buf + name, SP_NOTE_OWNER, sizeof SP_NOTE_OWNER) == 0;
        if (is_ours && !parse_note(data, &note, desc, facts, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_notes(const Image *image, SpElfFacts *facts, GError **error)
{
    for (guint i = 0; i < image->n_headers; i++) {
        GElf_Phdr segment;
        gelf_getphdr(image->elf, (int)i, &segment);
        if (segment.p_type == PT_NOTE && segment.p_filesz > 0 &&
            !read_note_segment(image, &segment, facts, error))
            return FALSE;
    }
    return TRUE;
}

static Dynamic
read_dynamic(const Image *image)
{
    Dynamic dynamic = {0};
    GElf_Phdr segment = {0};
    for (guint i = 0; i < image->n_headers && segment.p_type != PT_DYNAMIC; i++)
        gelf_getphdr(image->elf, (int)i, &segment);
    if (segment.p_type != PT_DYNAMIC || segment.p_filesz == 0)
        return dynamic;
    Elf_Data *data =
        elf_getdata_rawchunk(image->elf, (int64_t)segment.p_offset, segment.p_filesz, ELF_T_DYN);
    GElf_Dyn entry = {.d_tag = DT_DEBUG};
    for (int i = 0; data != NULL && entry.d_tag != DT_NULL; i++) {
        if (gelf_getdyn(data, i, &entry) == NULL)
            break;
        switch (entry.d_tag) {
        case DT_SYMTAB:
            dynamic.symbols = entry.d_un.d_ptr;
            break;
        case DT_STRTAB:
            dynamic.strings = entry.d_un.d_ptr;
            break;
        case DT_HASH:
            dynamic.hash = entry.d_un.d_ptr;
            break;
        case DT_GNU_HASH:
            dynamic.gnu_hash = entry.d_un.d_ptr;
            break;
        default:
            break;
        }
    }
    return dynamic;
}

static guint32
word_at(const char *words, guint64 index)
{
    guint32 word;
    memcpy(&word, words + index * WORD, sizeof word);
    return word;
}

/* The table has no count: the symbols end where the chain of the last bucket does. */
static guint64
count_by_gnu_hash(const char *words, guint64 n)
{
    if (n < 4)
        return 0;
    guint64 n_buckets = word_at(words, 0);
    guint64 first_symbol = word_at(words, 1);
    guint64 buckets = 4 + word_at(words, 2) * (guint64)(sizeof(ElfW(Addr)) / WORD);
    guint64 chains = buckets + n_buckets;
    guint64 last = 0;
    for (guint64 i = buckets; chains <= n && i < chains; i++)
        last = MAX(last, word_at(words, i));
    if (chains > n || last < first_symbol)
        return 0;
    guint64 end = chains + (last - first_symbol);
    while (end < n && (word_at(words, end) & 1) == 0)
        end++;
    return end < n ? first_symbol + (end - chains) + 1 : 0;
}

static guint64
count_symbols(const Image *image, const Dynamic *dynamic)
{
    gsize length;
    const char *gnu_hash = image_span(image, dynamic->gnu_hash, &length);
    if (dynamic->gnu_hash != 0 && gnu_hash != NULL)
        return count_by_gnu_hash(gnu_hash, length / WORD);
    const char *hash = image_span(image, dynamic->hash, &length);
    return dynamic->hash != 0 && hash != NULL && length >= 2 * WORD ? word_at(hash, 1) : 0;
}

static gboolean
find_symbol(const Image *image, GElf_Sym *out_symbol)
{
    Dynamic dynamic = read_dynamic(image);
    guint64 n_symbols = count_symbols(image, &dynamic);
    gsize length, n_strings;
    const char *symbols = image_span(image, dynamic.symbols, &length);
    const char *strings = image_span(image, dynamic.strings, &n_strings);
    gsize size = gelf_fsize(image->elf, ELF_T_SYM, 1, EV_CURRENT);
    if (symbols == NULL || strings == NULL || n_symbols == 0 || n_symbols > length / size)
        return FALSE;
    Elf_Data *data =
        elf_getdata_rawchunk(image->elf, symbols - image->bytes, n_symbols * size, ELF_T_SYM);
    for (guint64 i = 0; data != NULL && i < n_symbols; i++) {
        const GElf_Sym *symbol = gelf_getsym(data, (int)i, out_symbol);
        if (symbol != NULL && symbol->st_name < n_strings &&
            n_strings - symbol->st_name >= sizeof SP_EXTENSION_SYMBOL &&
            memcmp(strings + symbol->st_name, SP_EXTENSION_SYMBOL, sizeof SP_EXTENSION_SYMBOL) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
check_symbol(const Image *image, GElf_Sym *out_symbol, GError **error)
{
    const char *detail = NULL;
    if (!find_symbol(image, out_symbol))
        detail = "Its dynamic symbol table has no such entry.";
    else if (out_symbol->st_shndx == SHN_UNDEF || out_symbol->st_shndx == SHN_ABS)
        detail = "It refers to the symbol, but does not define it.";
    else if (GELF_ST_TYPE(out_symbol->st_info) != STT_OBJECT)
        detail = "The symbol is a function or something else, not a data object.";
    else if (GELF_ST_BIND(out_symbol->st_info) == STB_LOCAL ||
             GELF_ST_VISIBILITY(out_symbol->st_other) == STV_HIDDEN ||
             GELF_ST_VISIBILITY(out_symbol->st_other) == STV_INTERNAL)
        detail = "The symbol is hidden.";
    if (detail == NULL)
        return TRUE;
    return sp_error_set(error, SP_ERROR_NO_SYMBOL, detail,
                        "If it is a plugin, define the symbol with SP_EXTENSION().",
                        "the file exports no object " SP_EXTENSION_SYMBOL);
}

static gboolean
read_symbol(const Image *image, SpElfFacts *facts, GError **error)
{
    GElf_Sym symbol;
    if (!check_symbol(image, &symbol, error))
        return FALSE;
    gsize length;
    const char *bytes = image_span(image, symbol.st_value, &length);
    if (bytes == NULL || length < SP_ABI_HEAD_SIZE)
        return refuse(error, "The data of " SP_EXTENSION_SYMBOL " does not stand in the file.");
    struct sp_extension_vtable head = {0};
    memcpy(&head, bytes, SP_ABI_HEAD_SIZE);
    facts->abi_major = head.abi_major;
    facts->abi_minor = head.abi_minor;
    facts->abi_min_minor = head.abi_min_minor;
    facts->struct_size = head.struct_size;
    facts->symbol_size = symbol.st_size;
    return sp_abi_check(&head, symbol.st_size, error);
}

static gboolean
check_note(const SpElfFacts *facts, GError **error)
{
    if (!facts->has_note ||
        (facts->note_major == facts->abi_major && facts->note_minor == facts->abi_minor &&
         facts->note_min_minor == facts->abi_min_minor))
        return TRUE;
    g_autofree char *detail = g_strdup_printf(
        "The note says ABI %u.%u, at least %u.%u; the vtable says %u.%u, at least %u.%u.",
        facts->note_major, facts->note_minor, facts->note_major, facts->note_min_minor,
        facts->abi_major, facts->abi_minor, facts->abi_major, facts->abi_min_minor);
    return sp_error_set(error, SP_ERROR_NOTE_MISMATCH, detail,
                        "Define both with SP_EXTENSION(), from one build.",
                        "note and vtable of the plugin name different ABIs");
}

SpElfFacts *
sp_elf_read_note(int fd, GError **error)
{
    g_autoptr(Image) image = image_open_for_notes(fd, error);
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    if (image == NULL || !read_notes(image, facts, error))
        return NULL;
    return g_steal_pointer(&facts);
}

SpElfFacts *
sp_elf_read(int fd, GError **error)
{
    g_autoptr(Image) image = image_open(fd, G_MAXSIZE, error);
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    if (image == NULL || !read_notes(image, facts, error) || !read_symbol(image, facts, error) ||
        !check_note(facts, error))
        return NULL;
    return g_steal_pointer(&facts);
}

void
sp_elf_facts_free(SpElfFacts *facts)
{
    if (facts == NULL)
        return;
    g_free(facts->id);
    g_free(facts->name);
    g_free(facts->version);
    g_free(facts->build_id);
    g_strfreev(facts->needed);
    g_strfreev(facts->exports);
    g_free(facts->runpath);
    g_free(facts->glibc);
    g_free(facts);
}
