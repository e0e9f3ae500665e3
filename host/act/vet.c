/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/vet.h"

#include "act/verdict_environment.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/elf_facts.h"
#include "edge/elf_needs.h"
#include "edge/sealed.h"
#include "model/policy.h"

#define SIGNATURE_SUFFIX ".minisig"
#define FILE_MAX (256u << 20) /* as for sp_elf_read() */

struct SpVet {
    SpTrust trust;
    SpKeyring *keyring;     /* (nullable) */
    SpVerdictCache *cache;  /* (nullable) */
    SpLibraries *libraries; /* (nullable): NULL when only notes are read */
    gboolean ignores_kept;
    gboolean read_notes_only;
    gboolean reads_whole_files;
};

/* One file while it is looked at; lives on the stack of sp_vet_file(). */
typedef struct {
    const SpVet *vet;
    SpVetted *vetted;
    int directory_fd;
    int fd;
    int signature_fd;       /* -1 when there is none, or no key */
    const SpVerdict *known; /* (nullable): from an earlier run */
} Look;

void
sp_vetted_free(SpVetted *vetted)
{
    if (vetted == NULL)
        return;
    g_clear_error(&vetted->refusal);
    sp_elf_facts_free(vetted->facts);
    g_clear_pointer(&vetted->declaration, g_bytes_unref);
    g_free(vetted->sha256);
    g_free(vetted->signature);
    sp_fd_clear(&vetted->sealed_fd);
    g_free(vetted);
}

static SpVerdictCache *
open_cache(const SpVetOptions *options)
{
    if (options->cache_directory == NULL || options->read_notes_only)
        return NULL;
    g_autofree char *environment = sp_verdict_environment(options->trust, options->load_timeout_ms);
    if (environment != NULL)
        return sp_verdict_cache_open(options->cache_directory, environment);
    g_debug("no verdicts are kept: the host was linked without a build id");
    return NULL;
}

SpVet *
sp_vet_new(const SpVetOptions *options, GError **error)
{
    g_return_val_if_fail(options != NULL, NULL);
    g_autoptr(SpVet) vet = g_new0(SpVet, 1);
    vet->trust = options->trust != NULL ? *options->trust : (SpTrust){0};
    vet->ignores_kept = options->ignores_kept;
    vet->read_notes_only = options->read_notes_only;
    vet->reads_whole_files = options->reads_whole_files;
    if (vet->trust.keys != NULL) {
        vet->keyring = sp_keyring_new(vet->trust.keys, error);
        if (vet->keyring == NULL)
            return NULL;
    }
    vet->cache = open_cache(options);
    vet->libraries = vet->read_notes_only ? NULL : sp_libraries_new();
    return g_steal_pointer(&vet);
}

void
sp_vet_free(SpVet *vet)
{
    if (vet == NULL)
        return;
    g_clear_pointer(&vet->keyring, sp_keyring_free);
    g_clear_pointer(&vet->cache, sp_verdict_cache_free);
    g_clear_pointer(&vet->libraries, sp_libraries_free);
    g_free(vet);
}

gboolean
sp_vet_seals(const SpVet *vet)
{
    return vet->keyring != NULL || sp_policy_needs_sha256(&vet->trust);
}

gboolean
sp_vet_check_id(const SpVet *vet, const char *id, GError **error)
{
    return sp_policy_check_id(&vet->trust, id, error);
}

/* A signature that is not there has a key as well: all zero. */
static void
identify(Look *look)
{
    SpVerdictKey *key = &look->vetted->key;
    gboolean is_known = sp_file_key_read(look->fd, NULL, &key->plugin);
    if (look->signature_fd >= 0)
        is_known = sp_file_key_read(look->signature_fd, NULL, &key->signature) && is_known;
    look->vetted->may_be_kept = is_known && look->vet->cache != NULL;
    if (look->vetted->may_be_kept && !look->vet->ignores_kept)
        look->known = sp_verdict_cache_find(look->vet->cache, key);
}

/* A file that changes while it is read, or so soon after that its times might not tell, has no
 * verdict that could be kept. */
static void
identify_again(Look *look)
{
    SpFileKey plugin, signature = {0};
    SpVetted *vetted = look->vetted;
    sp_file_key_read(look->fd, NULL, &plugin);
    if (look->signature_fd >= 0)
        sp_file_key_read(look->signature_fd, NULL, &signature);
    gboolean is_same = sp_file_key_equal(&plugin, &vetted->key.plugin) &&
                       sp_file_key_equal(&signature, &vetted->key.signature);
    vetted->may_be_kept = vetted->may_be_kept && is_same && sp_file_key_is_settled(&plugin) &&
                          sp_file_key_is_settled(&signature);
    if (!is_same)
        look->known = NULL;
}

static GError *
recall(const SpVerdict *known)
{
    const GError *refusal = known->refusal;
    const char *hint = sp_error_hint(refusal);
    g_autoptr(GDateTime) since = g_date_time_new_from_unix_utc(known->since / G_USEC_PER_SEC);
    g_autofree char *when = g_date_time_format_iso8601(since);
    g_autofree char *with_age =
        g_strdup_printf("%s%sThis was found at %s and is remembered; --no-cache tries again.",
                        hint != NULL ? hint : "", hint != NULL ? " " : "", when);
    return sp_error_new((SpErrorCode)refusal->code, sp_error_detail(refusal), with_age, "%s",
                        refusal->message);
}

static gboolean
seal(Look *look, GError **error)
{
    SpVetted *vetted = look->vetted;
    if (!sp_vet_seals(look->vet))
        return TRUE;
    vetted->sealed_fd = sp_sealed_copy(look->fd, FILE_MAX, error);
    vetted->size = vetted->key.plugin.size;
    return vetted->sealed_fd >= 0;
}

static gboolean
read_elf(Look *look, GError **error)
{
    SpVetted *vetted = look->vetted;
    int fd = vetted->sealed_fd >= 0 ? vetted->sealed_fd : look->fd;
    SpLibraries *libraries = look->vet->libraries;
    vetted->facts = libraries == NULL ? sp_elf_read_note(fd, error) : sp_elf_read(fd, error);
    /* What libraries beside it are is no part of the key. */
    if (vetted->facts != NULL && vetted->facts->runpath != NULL)
        vetted->may_be_kept = FALSE;
    if (vetted->facts != NULL &&
        (libraries == NULL ||
         sp_elf_needs_check(vetted->facts, libraries, look->directory_fd, error)))
        return TRUE;
    g_clear_pointer(&vetted->facts, sp_elf_facts_free);
    /* Who it is helps the reader even when it cannot be used. */
    vetted->facts = sp_elf_read_note(fd, NULL);
    return FALSE;
}

static gboolean
verify(Look *look, GBytes *bytes, GError **error)
{
    SpVetted *vetted = look->vetted;
    vetted->signature = g_new0(SpSignature, 1);
    if (look->signature_fd < 0) {
        vetted->signature->state = SP_SIGNATURE_UNSIGNED;
        return TRUE;
    }
    sp_autofd int sealed = sp_sealed_copy(look->signature_fd, SP_MINISIGN_MAX, error);
    g_autoptr(GBytes) signature = sealed >= 0 ? sp_sealed_map(sealed, error) : NULL;
    vetted->signature->state = SP_SIGNATURE_INVALID;
    return signature != NULL &&
           sp_minisign_verify(look->vet->keyring, signature, bytes, vetted->signature, error);
}

/* What takes time: it is done once for the same bytes. */
static gboolean
examine(Look *look, GError **error)
{
    SpVetted *vetted = look->vetted;
    const SpVerdict *known = look->known;
    if (vetted->sealed_fd < 0)
        return TRUE;
    if (known != NULL) {
        vetted->sha256 = g_strdup(known->sha256);
        if (known->signature != NULL)
            vetted->signature = g_memdup2(known->signature, sizeof *known->signature);
        return TRUE;
    }
    g_autoptr(GBytes) bytes = sp_sealed_map(vetted->sealed_fd, error);
    if (bytes == NULL)
        return FALSE;
    vetted->sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    return look->vet->keyring == NULL || verify(look, bytes, error);
}

static gboolean
check_policy(Look *look, GError **error)
{
    const SpVetted *vetted = look->vetted;
    const SpTrust *trust = &look->vet->trust;
    if (vetted->sha256 != NULL && !sp_policy_check_sha256(trust, vetted->sha256, error))
        return FALSE;
    if (vetted->facts->id != NULL && !sp_policy_check_id(trust, vetted->facts->id, error))
        return FALSE;
    if (!trust->requires_signature ||
        (vetted->signature != NULL && vetted->signature->state == SP_SIGNATURE_VALID))
        return TRUE;
    return sp_error_set(
        error, SP_ERROR_SIGNATURE_MISSING,
        "\"require_signature\" is set in group [trust], and there is no file of the "
        "same name with " SIGNATURE_SUFFIX " at its end.",
        "Get the signature from the author, or sign the file: minisign -S -m FILE.",
        "the plugin is not signed");
}

static void
take_known(Look *look)
{
    SpVetted *vetted = look->vetted;
    const SpVerdict *known = look->known;
    vetted->is_remembered = TRUE;
    vetted->sha256 = g_strdup(known->sha256);
    if (known->signature != NULL)
        vetted->signature = g_memdup2(known->signature, sizeof *known->signature);
}

/* What was loaded from the same bytes before need not be loaded again. */
static gboolean
take_declaration(Look *look)
{
    const SpVerdict *known = look->known;
    if (known == NULL || known->declaration == NULL || look->vet->reads_whole_files)
        return FALSE;
    SpWire wire = sp_wire(known->facts);
    look->vetted->facts = sp_elf_facts_get(&wire);
    if (look->vetted->facts == NULL)
        return FALSE;
    look->vetted->declaration = g_bytes_ref(known->declaration);
    take_known(look);
    return TRUE;
}

static gboolean
look_at(Look *look, GError **error)
{
    identify(look);
    if (look->known != NULL && look->known->refusal != NULL) {
        take_known(look);
        look->vetted->facts = sp_elf_read_note(look->fd, NULL);
        g_propagate_error(error, recall(look->known));
        return FALSE;
    }
    if (take_declaration(look))
        return TRUE;
    gboolean is_sealed = seal(look, error);
    identify_again(look);
    look->vetted->was_accepted = look->known != NULL;
    return is_sealed && read_elf(look, error) && examine(look, error) && check_policy(look, error);
}

/* (nullable): what the key that the scan found is known for already, when no signature counts. */
static const SpVerdict *
find_unsigned(const SpVet *vet, const SpCandidate *candidate)
{
    const SpVerdictKey key = {.plugin = candidate->key};
    gboolean may_look = vet->cache != NULL && !vet->ignores_kept && vet->keyring == NULL;
    return may_look ? sp_verdict_cache_find(vet->cache, &key) : NULL;
}

SpVetted *
sp_vet_file(const SpVet *vet, const SpDirectory *directory, guint index)
{
    SpVetted *vetted = g_new0(SpVetted, 1);
    vetted->sealed_fd = -1;
    const SpCandidate *candidate = sp_directory_get(directory, index);
    if (candidate->refusal != NULL) {
        vetted->refusal = g_error_copy(candidate->refusal);
        return vetted;
    }
    GError *refusal = NULL;
    sp_autofd int signature_fd = -1;
    Look at_once = {.vet = vet, .vetted = vetted, .known = find_unsigned(vet, candidate)};
    if (take_declaration(&at_once))
        return vetted;
    sp_autofd int fd = sp_directory_open(directory, index, &refusal);
    if (fd >= 0 &&
        (vet->keyring == NULL ||
         sp_directory_open_beside(directory, index, SIGNATURE_SUFFIX, &signature_fd, &refusal))) {
        Look look = {vet, vetted, sp_directory_get_fd(directory), fd, signature_fd, NULL};
        look_at(&look, &refusal);
    }
    vetted->refusal = refusal;
    return vetted;
}

static GBytes *
put_facts(const SpElfFacts *facts)
{
    GByteArray *bytes = g_byte_array_new();
    sp_elf_facts_put(bytes, facts);
    return g_byte_array_free_to_bytes(bytes);
}

void
sp_vet_learn(SpVet *vet, const SpVetted *vetted, const GError *refusal, const SpElfFacts *facts,
             GBytes *declaration)
{
    const GError *found = vetted->refusal != NULL ? vetted->refusal : refusal;
    gboolean keeps_refusal = found != NULL && sp_verdict_cache_keeps(found->code);
    gboolean is_new = !vetted->is_remembered && (keeps_refusal || !vetted->was_accepted);
    if (!vetted->may_be_kept || !is_new || (vetted->refusal != NULL && !keeps_refusal))
        return;
    g_autoptr(GBytes) kept_facts = declaration != NULL ? put_facts(facts) : NULL;
    const SpVerdict verdict = {
        .refusal = keeps_refusal ? found : NULL,
        .sha256 = vetted->sha256,
        .signature = vetted->signature,
        .since = g_get_real_time(),
        .facts = kept_facts,
        .declaration = declaration,
    };
    sp_verdict_cache_put(vet->cache, &vetted->key, &verdict);
}

void
sp_vet_save(SpVet *vet)
{
    if (vet->cache != NULL)
        sp_verdict_cache_save(vet->cache);
}
