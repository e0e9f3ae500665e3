/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"
#include "base/error.h"
#include "base/fd.h"
#include "support/plugins.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEED 20240229u
#define MUTATIONS 2000u
#define STATIC_MUTATIONS 20000u
#define BATCH 100u /* files in one folder */
#define TIMEOUT_MS 20000u
#define FLIPS_MAX 4

typedef enum { TRUNCATED, HEADER, TABLES, ANYWHERE, N_KINDS } Kind;

static const char *const kind_names[N_KINDS] = {"truncated", "header", "tables", "anywhere"};
static const char *const victims[] = {"good", "busy", "old_hash"};

/* A plugin and where its parts are. */
typedef struct {
    GByteArray *bytes;
    gsize header_end; /* of ELF header and program headers */
    gsize
        tables_end; /* of the first segment: hash table, symbols, strings, versions, relocations */
    gsize dynamic, dynamic_size;
} Victim;

typedef struct {
    guint n, accepted, crashed;
    guint by_code[SP_N_ERRORS];
} Tally;

static guint
number_from(const char *variable, guint fallback)
{
    const char *text = getenv(variable);
    return text != NULL ? (guint)strtoul(text, NULL, 10) : fallback;
}

static Victim
victim_new(const char *fixture)
{
    Victim victim = {.bytes = sp_test_fixture(fixture)};
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)victim.bytes->data;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(victim.bytes->data + header->e_phoff);
    victim.header_end = header->e_phoff + header->e_phnum * sizeof *segments;
    for (guint i = header->e_phnum; i-- > 0;) {
        if (segments[i].p_type == PT_LOAD)
            victim.tables_end = segments[i].p_offset + segments[i].p_filesz;
        if (segments[i].p_type == PT_DYNAMIC) {
            victim.dynamic = segments[i].p_offset;
            victim.dynamic_size = segments[i].p_filesz;
        }
    }
    cr_assert_gt(victim.tables_end, victim.header_end);
    return victim;
}

static gsize
choose(GRand *random, gsize start, gsize end)
{
    return start + (gsize)g_rand_int_range(random, 0, (gint)(end - start));
}

static gsize
choose_place(GRand *random, const Victim *victim, Kind kind)
{
    if (kind == HEADER)
        return choose(random, 0, victim->header_end);
    if (kind == ANYWHERE)
        return choose(random, 0, victim->bytes->len);
    return g_rand_boolean(random)
               ? choose(random, victim->header_end, victim->tables_end)
               : choose(random, victim->dynamic, victim->dynamic + victim->dynamic_size);
}

static GByteArray *
mutate(GRand *random, const Victim *victim, Kind kind)
{
    GByteArray *bytes = g_byte_array_sized_new(victim->bytes->len);
    g_byte_array_append(bytes, victim->bytes->data, victim->bytes->len);
    if (kind == TRUNCATED)
        g_byte_array_set_size(bytes, (guint)choose(random, 1, bytes->len));
    for (gint flips = kind == TRUNCATED ? 0 : g_rand_int_range(random, 1, FLIPS_MAX + 1); flips > 0;
         flips--)
        bytes->data[choose_place(random, victim, kind)] ^= (guint8)g_rand_int_range(random, 1, 256);
    return bytes;
}

/* @at: which mutation; every kind meets every victim */
static GByteArray *
mutation(GRand *random, const Victim *all, guint at)
{
    return mutate(random, &all[at / N_KINDS % G_N_ELEMENTS(victims)], at % N_KINDS);
}

static void
count(Tally *tally, const GError *refusal)
{
    tally->n++;
    tally->accepted += refusal == NULL;
    if (refusal == NULL)
        return;
    cr_assert_eq(refusal->domain, SP_ERROR);
    tally->by_code[refusal->code]++;
    tally->crashed +=
        refusal->code == SP_ERROR_LOAD_CRASHED || refusal->code == SP_ERROR_LOAD_EXITED ||
        refusal->code == SP_ERROR_LOAD_TIMEOUT || refusal->code == SP_ERROR_LOAD_PROTOCOL;
}

static void
print(const Tally *tallies)
{
    for (guint kind = 0; kind < N_KINDS; kind++) {
        const Tally *tally = &tallies[kind];
        printf("%-9s %6u files, %6u accepted, %4u ended the child;", kind_names[kind], tally->n,
               tally->accepted, tally->crashed);
        for (guint code = 0; code < SP_N_ERRORS; code++)
            if (tally->by_code[code] > 0)
                printf(" %s %u", sp_error_code_nick(code), tally->by_code[code]);
        printf("\n");
    }
}

static void
discover_batch(const char *path, guint first, guint n, Tally *tallies)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpDiscovery) discovery = sp_discover(
        &(SpDiscoverOptions){
            .directories = (const char *const[]){path, NULL},
            .executable = SP_HOST_EXECUTABLE,
            .load_timeout_ms = TIMEOUT_MS,
        },
        &error);
    cr_assert(discovery != NULL, "%s", error != NULL ? error->message : "");
    cr_assert_eq(sp_discovery_get_n(discovery), n);
    for (guint i = 0; i < n; i++) {
        const SpPlugin *plugin = sp_discovery_get(discovery, i);
        cr_assert_neq(plugin->refusal == NULL, plugin->extension == NULL, "%s", plugin->path);
        count(&tallies[(first + i) % N_KINDS], plugin->refusal);
    }
}

static void
make_victims(Victim *out_victims)
{
    for (guint i = 0; i < G_N_ELEMENTS(victims); i++)
        out_victims[i] = victim_new(victims[i]);
}

Test(mutation, ends_no_host_and_each_file_gets_its_answer, .timeout = 3000)
{
    guint seed = number_from("SP_SEED", SEED), n = number_from("SP_MUTATIONS", MUTATIONS);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    Victim all[G_N_ELEMENTS(victims)];
    Tally tallies[N_KINDS] = {0};
    make_victims(all);
    for (guint first = 0; first < n; first += BATCH) {
        char *path = sp_test_plugins_new();
        guint batch = MIN(BATCH, n - first);
        for (guint i = 0; i < batch; i++) {
            g_autoptr(GByteArray) bytes = mutation(random, all, first + i);
            g_autofree char *name = g_strdup_printf("%04u.so", i);
            g_free(sp_test_put(path, name, bytes->data, (gssize)bytes->len));
        }
        discover_batch(path, first, batch, tallies);
        sp_test_plugins_free(path);
    }
    printf("loaded, SP_SEED=%u SP_MUTATIONS=%u\n", seed, n);
    print(tallies);
    cr_expect_eq(tallies[TRUNCATED].accepted + tallies[TRUNCATED].crashed, 0u);
    cr_expect_gt(tallies[ANYWHERE].accepted, tallies[ANYWHERE].n / 2);
    /* What is left is damage to what only the plugin itself looks at. */
    cr_expect_leq(tallies[HEADER].crashed, tallies[HEADER].n / 100);
}

Test(mutation, is_judged_without_reading_beyond_it, .timeout = 3000)
{
    guint seed = number_from("SP_SEED", SEED);
    guint n = number_from("SP_STATIC_MUTATIONS", STATIC_MUTATIONS);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    Victim all[G_N_ELEMENTS(victims)];
    Tally tallies[N_KINDS] = {0};
    make_victims(all);
    sp_autofd int fd = memfd_create("mutation", MFD_CLOEXEC);
    cr_assert_geq(fd, 0);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GByteArray) bytes = mutation(random, all, i);
        g_autoptr(GError) error = NULL;
        cr_assert_eq(ftruncate(fd, 0), 0);
        cr_assert_eq(pwrite(fd, bytes->data, bytes->len, 0), (gssize)bytes->len);
        g_autoptr(SpElfFacts) facts = sp_elf_read(fd, &error);
        cr_assert_neq(facts == NULL, error == NULL);
        count(&tallies[i % N_KINDS], error);
        g_autoptr(SpElfFacts) identity = sp_elf_read_note(fd, NULL);
    }
    printf("judged, SP_SEED=%u SP_STATIC_MUTATIONS=%u\n", seed, n);
    print(tallies);
    cr_expect_eq(tallies[TRUNCATED].accepted, 0u);
}
