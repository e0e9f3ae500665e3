/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"

typedef struct {
    char *detail;
    char *hint;
    SpPlace place; /* its strings are owned here */
} SpErrorPrivate;

typedef struct {
    const char *nick;
    SpExitStatus exit_status;
} CodeRow;

static const CodeRow code_table[SP_N_ERRORS] = {
    [SP_ERROR_INTERNAL] = {"internal", SP_EXIT_DEFECT},
    [SP_ERROR_USAGE] = {"usage", SP_EXIT_USAGE},
    [SP_ERROR_CONFIGURATION] = {"configuration", SP_EXIT_CONFIGURATION},
    [SP_ERROR_PERMISSION] = {"unsafe-permissions", SP_EXIT_PERMISSION},
    [SP_ERROR_DIRECTORY] = {"plugin-directory", SP_EXIT_CONFIGURATION},
    [SP_ERROR_FILE] = {"not-a-plugin-file", SP_EXIT_REFUSED},
    [SP_ERROR_ELF] = {"not-elf", SP_EXIT_REFUSED},
    [SP_ERROR_ELF_MALFORMED] = {"elf-malformed", SP_EXIT_REFUSED},
    [SP_ERROR_ARCHITECTURE] = {"wrong-architecture", SP_EXIT_REFUSED},
    [SP_ERROR_EXECUTABLE_STACK] = {"executable-stack", SP_EXIT_REFUSED},
    [SP_ERROR_WRITABLE_CODE] = {"writable-code", SP_EXIT_REFUSED},
    [SP_ERROR_TEXT_RELOCATIONS] = {"text-relocations", SP_EXIT_REFUSED},
    [SP_ERROR_RPATH] = {"unsafe-rpath", SP_EXIT_REFUSED},
    [SP_ERROR_STATIC_TLS] = {"static-tls", SP_EXIT_REFUSED},
    [SP_ERROR_MISSING_LIBRARY] = {"missing-library", SP_EXIT_REFUSED},
    [SP_ERROR_GLIBC] = {"glibc-too-old", SP_EXIT_REFUSED},
    [SP_ERROR_UNDEFINED_SYMBOL] = {"undefined-symbol", SP_EXIT_REFUSED},
    [SP_ERROR_AMBIGUOUS_SYMBOL] = {"ambiguous-symbol", SP_EXIT_REFUSED},
    [SP_ERROR_NO_SYMBOL] = {"no-symbol", SP_EXIT_REFUSED},
    [SP_ERROR_ABI_MAJOR] = {"abi-major", SP_EXIT_REFUSED},
    [SP_ERROR_ABI_MINOR] = {"abi-minor", SP_EXIT_REFUSED},
    [SP_ERROR_ABI_SIZE] = {"abi-size", SP_EXIT_REFUSED},
    [SP_ERROR_ABI_FEATURE] = {"abi-feature", SP_EXIT_REFUSED},
    [SP_ERROR_NOTE] = {"note-malformed", SP_EXIT_REFUSED},
    [SP_ERROR_NOTE_MISMATCH] = {"note-mismatch", SP_EXIT_REFUSED},
    [SP_ERROR_SIGNATURE_MISSING] = {"signature-missing", SP_EXIT_REFUSED},
    [SP_ERROR_SIGNATURE_INVALID] = {"signature-invalid", SP_EXIT_REFUSED},
    [SP_ERROR_SIGNATURE_UNTRUSTED] = {"signature-untrusted", SP_EXIT_REFUSED},
    [SP_ERROR_UNVERIFIED_LIBRARY] = {"unverified-library", SP_EXIT_REFUSED},
    [SP_ERROR_DENIED] = {"denied-by-policy", SP_EXIT_REFUSED},
    [SP_ERROR_NO_NOTE] = {"no-note", SP_EXIT_REFUSED},
    [SP_ERROR_EXTRA_EXPORTS] = {"extra-exports", SP_EXIT_REFUSED},
    [SP_ERROR_NO_RELRO] = {"no-relro", SP_EXIT_REFUSED},
    [SP_ERROR_NO_BUILD_ID] = {"no-build-id", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD] = {"load-failed", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_CRASHED] = {"load-crashed", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_EXITED] = {"load-exited", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_TIMEOUT] = {"load-timeout", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_FORBIDDEN] = {"load-forbidden", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_PROTOCOL] = {"load-protocol", SP_EXIT_REFUSED},
    [SP_ERROR_LOAD_SIDE_EFFECT] = {"load-side-effect", SP_EXIT_REFUSED},
    [SP_ERROR_INVALID_EXTENSION] = {"invalid-extension", SP_EXIT_REFUSED},
    [SP_ERROR_DUPLICATE_EXTENSION] = {"duplicate-extension", SP_EXIT_REFUSED},
    [SP_ERROR_MISSING_DEPENDENCY] = {"missing-dependency", SP_EXIT_REFUSED},
    [SP_ERROR_DEPENDENCY_VERSION] = {"dependency-version", SP_EXIT_REFUSED},
    [SP_ERROR_DEPENDENCY_CYCLE] = {"dependency-cycle", SP_EXIT_REFUSED},
    [SP_ERROR_REQUIRED_DISABLED] = {"required-extension-disabled", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_CHECKED] = {"dependency-not-checked", SP_EXIT_REFUSED},
    [SP_ERROR_SQL_SYNTAX] = {"sql-syntax", SP_EXIT_REFUSED},
    [SP_ERROR_NEWER_GRAMMAR] = {"newer-grammar", SP_EXIT_REFUSED},
    [SP_ERROR_GRAMMAR_UNREAD] = {"grammar-unread", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_DECLARATIVE] = {"not-declarative", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_REPEATABLE] = {"not-repeatable", SP_EXIT_REFUSED},
    [SP_ERROR_TRANSACTION_CONTROL] = {"transaction-control", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_ALLOWED] = {"statement-not-allowed", SP_EXIT_REFUSED},
    [SP_ERROR_NO_TRANSACTION_NEEDED] = {"needs-no-transaction", SP_EXIT_REFUSED},
    [SP_ERROR_ROLE_SWITCH] = {"role-switch", SP_EXIT_REFUSED},
    [SP_ERROR_SEED_STATEMENT] = {"seed-statement", SP_EXIT_REFUSED},
    [SP_ERROR_SEED_NOT_IDEMPOTENT] = {"seed-not-idempotent", SP_EXIT_REFUSED},
    [SP_ERROR_UNKNOWN_COLUMN] = {"unknown-column", SP_EXIT_REFUSED},
    [SP_ERROR_NO_SUCH_TABLE] = {"required-columns-without-table", SP_EXIT_REFUSED},
    [SP_ERROR_DUPLICATE_OWNER] = {"duplicate-table-owner", SP_EXIT_REFUSED},
    [SP_ERROR_DUPLICATE_OBJECT] = {"duplicate-object-owner", SP_EXIT_REFUSED},
    [SP_ERROR_CROSS_NOT_OWNED] = {"cross-extension-table-not-owned", SP_EXIT_REFUSED},
    [SP_ERROR_CROSS_UNDECLARED] = {"cross-extension-write-undeclared", SP_EXIT_REFUSED},
    [SP_ERROR_UNOWNED_TABLE] = {"table-not-owned", SP_EXIT_REFUSED},
    [SP_ERROR_HOST_TABLE] = {"host-table", SP_EXIT_REFUSED},
    [SP_ERROR_OWNERSHIP_VIOLATED] = {"ownership-violated", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_OWNED] = {"object-not-owned", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_UNKNOWN] = {"object-unknown", SP_EXIT_REFUSED},
    [SP_ERROR_UNDECLARED_READ] = {"undeclared-dependency", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_DRIFT] = {"migration-drift", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_SLOT] = {"migration-slot-reused", SP_EXIT_REFUSED},
    [SP_ERROR_LEDGER] = {"ledger-unreadable", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_AHEAD] = {"database-ahead", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_ORPHANED] = {"migration-orphaned", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_UNKNOWN] = {"migration-unknown", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_RECORDED] = {"migration-recorded", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_REVERSIBLE] = {"migration-not-reversible", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_IN_USE] = {"object-in-use", SP_EXIT_REFUSED},
    [SP_ERROR_RETIRED_OBJECT] = {"retired-object-declared", SP_EXIT_REFUSED},
    [SP_ERROR_COLUMN_ABSENT] = {"column-not-there", SP_EXIT_REFUSED},
    [SP_ERROR_KEY_DIFFERS] = {"foreign-key-differs", SP_EXIT_REFUSED},
    [SP_ERROR_KEY_UNCHECKED] = {"foreign-key-not-valid", SP_EXIT_REFUSED},
    [SP_ERROR_HAZARD] = {"hazard", SP_EXIT_REFUSED},
    [SP_ERROR_CONNECT] = {"database-unreachable", SP_EXIT_UNAVAILABLE},
    [SP_ERROR_CONNECTION_LOST] = {"connection-lost", SP_EXIT_UNAVAILABLE},
    [SP_ERROR_SERVER_TOO_OLD] = {"server-too-old", SP_EXIT_REFUSED},
    [SP_ERROR_STANDBY] = {"database-read-only", SP_EXIT_UNAVAILABLE},
    [SP_ERROR_POOLER] = {"transaction-pooler", SP_EXIT_CONFIGURATION},
    [SP_ERROR_LOCKED] = {"locked", SP_EXIT_TRY_AGAIN},
    [SP_ERROR_LOCK_LOST] = {"lock-lost", SP_EXIT_UNAVAILABLE},
    [SP_ERROR_PRIVILEGE] = {"insufficient-privilege", SP_EXIT_PERMISSION},
    [SP_ERROR_ROLE_NOT_OURS] = {"role-not-ours", SP_EXIT_CONFIGURATION},
    [SP_ERROR_STATEMENT] = {"statement-failed", SP_EXIT_DATABASE},
    [SP_ERROR_CANNOT_REBUILD] = {"cannot-rebuild", SP_EXIT_DATABASE},
    [SP_ERROR_LOCK_TIMEOUT] = {"lock-timeout", SP_EXIT_TRY_AGAIN},
    [SP_ERROR_INVALID_INDEX] = {"invalid-index", SP_EXIT_DATABASE},
    [SP_ERROR_COLUMN_MISSING] = {"required-column-missing", SP_EXIT_DATABASE},
    [SP_ERROR_CLUSTER] = {"embedded-cluster", SP_EXIT_UNAVAILABLE},
    [SP_ERROR_SECOND_BOOT] = {"second-boot-changes", SP_EXIT_REFUSED},
    [SP_ERROR_ROADS_DIFFER] = {"roads-differ", SP_EXIT_REFUSED},
    [SP_ERROR_DOWN_UP] = {"down-up-differs", SP_EXIT_REFUSED},
    [SP_ERROR_NEVER_INSTALLED] = {"never-installed", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_RECORDED] = {"definitions-not-recorded", SP_EXIT_REFUSED},
    [SP_ERROR_INSTALL_PENDING] = {"install-pending", SP_EXIT_REFUSED},
    [SP_ERROR_INSTALL_UNFINISHED] = {"install-unfinished", SP_EXIT_REFUSED},
    [SP_ERROR_MIGRATION_INTERRUPTED] = {"migration-interrupted", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_MISSING] = {"object-missing", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_ALTERED] = {"object-altered", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_FOREIGN] = {"object-foreign", SP_EXIT_REFUSED},
    [SP_ERROR_OBJECT_ORPHANED] = {"object-orphaned", SP_EXIT_REFUSED},
    [SP_ERROR_RECORD_ORPHANED] = {"record-orphaned", SP_EXIT_REFUSED},
    [SP_ERROR_NOT_VALIDATED] = {"constraint-not-validated", SP_EXIT_REFUSED},
    [SP_ERROR_TRIGGER_DISABLED] = {"trigger-disabled", SP_EXIT_REFUSED},
    [SP_ERROR_BODY_DANGLING] = {"body-names-missing-relation", SP_EXIT_REFUSED},
    [SP_ERROR_SEQUENCE_BEHIND] = {"sequence-behind", SP_EXIT_REFUSED},
    [SP_ERROR_DIRECTIVE] = {"directive", SP_EXIT_REFUSED},
    [SP_ERROR_FOLDER] = {"extension-folder", SP_EXIT_REFUSED},
};

static void
sp_error_private_init(SpErrorPrivate *private)
{
    *private = (SpErrorPrivate){0};
}

static SpPlace
place_copy(const SpPlace *place)
{
    SpPlace copy = *place;
    copy.path = g_strdup(place->path);
    copy.extension = g_strdup(place->extension);
    copy.source = g_strdup(place->source);
    copy.phase = g_strdup(place->phase);
    copy.sqlstate = g_strdup(place->sqlstate);
    copy.sql = g_strdup(place->sql);
    return copy;
}

static void
sp_error_private_copy(const SpErrorPrivate *from, SpErrorPrivate *to)
{
    to->detail = g_strdup(from->detail);
    to->hint = g_strdup(from->hint);
    to->place = place_copy(&from->place);
}

static void
sp_error_private_clear(SpErrorPrivate *private)
{
    g_free(private->detail);
    g_free(private->hint);
    const char *owned[] = {private->place.path,  private->place.extension, private->place.source,
                           private->place.phase, private->place.sqlstate,  private->place.sql};
    for (guint i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free((char *)owned[i]);
}

G_DEFINE_EXTENDED_ERROR(SpError, sp_error)

static GError *
error_new_valist(SpErrorCode code, const char *detail, const char *hint, const char *format,
                 va_list args)
{
    GError *error = g_error_new_valist(SP_ERROR, (int)code, format, args);
    SpErrorPrivate *private = sp_error_get_private(error);
    private->detail = g_strdup(detail);
    private->hint = g_strdup(hint);
    return error;
}

GError *
sp_error_new(SpErrorCode code, const char *detail, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    GError *error = error_new_valist(code, detail, hint, format, args);
    va_end(args);
    return error;
}

gboolean
sp_error_set(GError **error, SpErrorCode code, const char *detail, const char *hint,
             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_propagate_error(error, error_new_valist(code, detail, hint, format, args));
    va_end(args);
    return FALSE;
}

static void
fill_text(const char **to, const char *from)
{
    if (*to == NULL)
        *to = g_strdup(from);
}

void
sp_error_place(GError *error, const SpPlace *place)
{
    if (error == NULL || error->domain != SP_ERROR)
        return;
    SpPlace *to = &sp_error_get_private(error)->place;
    /* A line belongs to its source: never mix the line of one place with the file of another. */
    if (to->source == NULL && to->line == 0) {
        to->line = place->line;
        to->column = place->column;
    }
    if (to->statement == 0) {
        to->statement = place->statement;
        to->statements = place->statements;
    }
    fill_text(&to->path, place->path);
    fill_text(&to->extension, place->extension);
    fill_text(&to->source, place->source);
    fill_text(&to->phase, place->phase);
    fill_text(&to->sqlstate, place->sqlstate);
    fill_text(&to->sql, place->sql);
}

void
sp_error_shift(GError *error, const SpPlace *start)
{
    if (error == NULL || error->domain != SP_ERROR)
        return;
    SpPlace *place = &sp_error_get_private(error)->place;
    if (place->line <= 1)
        place->column = start->column + (place->column > 0 ? place->column - 1 : 0);
    place->line = start->line + (place->line > 0 ? place->line - 1 : 0);
    fill_text(&place->source, start->source);
}

static const SpErrorPrivate *
private_of(const GError *error)
{
    return error != NULL && error->domain == SP_ERROR ? sp_error_get_private(error) : NULL;
}

const char *
sp_error_detail(const GError *error)
{
    const SpErrorPrivate *private = private_of(error);
    return private ? private->detail : NULL;
}

const char *
sp_error_hint(const GError *error)
{
    const SpErrorPrivate *private = private_of(error);
    return private ? private->hint : NULL;
}

const SpPlace *
sp_error_get_place(const GError *error)
{
    static const SpPlace nowhere = {0};
    const SpErrorPrivate *private = private_of(error);
    return private ? &private->place : &nowhere;
}

const char *
sp_error_code_nick(SpErrorCode code)
{
    g_return_val_if_fail((guint)code < SP_N_ERRORS, code_table[SP_ERROR_INTERNAL].nick);
    return code_table[code].nick;
}

static const CodeRow *
row_of(const GError *error)
{
    gboolean ours = error->domain == SP_ERROR && (guint)error->code < SP_N_ERRORS;
    return &code_table[ours ? error->code : SP_ERROR_INTERNAL];
}

const char *
sp_error_nick(const GError *error)
{
    return row_of(error)->nick;
}

SpExitStatus
sp_error_exit_status(const GError *error)
{
    return row_of(error)->exit_status;
}
