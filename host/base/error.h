/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What went wrong, in the form that people, the journal and JSON all get: problem, detail, hint,
 * place. */
#pragma once

#include <glib.h>

/** The exit statuses of sp-host: those of sysexits.h where one fits. */
typedef enum {
    SP_EXIT_OK = 0,
    SP_EXIT_DATABASE = 1, /* the database refused a statement; its transaction was rolled back */
    SP_EXIT_CHANGES = 2,  /* with --exit-code: pending changes, drift or refused plugins */
    SP_EXIT_USAGE = 64,
    SP_EXIT_REFUSED = 65,     /* a plugin, its SQL or its ownership claims; nothing was written */
    SP_EXIT_UNAVAILABLE = 69, /* database not reachable, gone, or a read-only standby */
    SP_EXIT_DEFECT = 70,      /* a defect of the host */
    SP_EXIT_TRY_AGAIN = 75,   /* another host holds the lock, or somebody a table */
    SP_EXIT_PERMISSION = 77,  /* unsafe permissions, or not enough database privileges */
    SP_EXIT_CONFIGURATION = 78,
} SpExitStatus;

/**
 * The codes of the one error domain. A code exists if, and only if, a caller or a test must tell it
 * apart. sp_error_nick() gives the stable kebab-case name, sp_error_exit_status() the exit status.
 */
typedef enum {
    SP_ERROR_INTERNAL,      /* internal: a defect of the host */
    SP_ERROR_USAGE,         /* usage */
    SP_ERROR_CONFIGURATION, /* configuration: file, value or conninfo that cannot be used */
    SP_ERROR_PERMISSION,    /* unsafe-permissions */
    /* scan */
    SP_ERROR_DIRECTORY, /* plugin-directory: does not exist or cannot be read */
    SP_ERROR_FILE,      /* not-a-plugin-file: FIFO, directory, symlink, empty, vanished */
    /* reading the file, no code of the plugin runs */
    SP_ERROR_ELF,              /* not-elf: text, another ELF type, cut short */
    SP_ERROR_ELF_MALFORMED,    /* elf-malformed: the loader would misread it, or die of it */
    SP_ERROR_ARCHITECTURE,     /* wrong-architecture */
    SP_ERROR_EXECUTABLE_STACK, /* executable-stack */
    SP_ERROR_WRITABLE_CODE,    /* writable-code: a segment is both */
    SP_ERROR_TEXT_RELOCATIONS, /* text-relocations: the loader would have to write to code */
    SP_ERROR_RPATH,            /* unsafe-rpath: would look for libraries elsewhere */
    SP_ERROR_STATIC_TLS,       /* static-tls: more than the process has to spare */
    SP_ERROR_MISSING_LIBRARY,  /* missing-library: one that it needs, or its version */
    SP_ERROR_GLIBC,            /* glibc-too-old: it needs a newer one */
    SP_ERROR_UNDEFINED_SYMBOL, /* undefined-symbol: no library defines it */
    SP_ERROR_AMBIGUOUS_SYMBOL, /* ambiguous-symbol: two of sp_extension_vtable */
    SP_ERROR_NO_SYMBOL,        /* no-symbol: sp_extension_vtable is missing or not an object */
    SP_ERROR_ABI_MAJOR,        /* abi-major */
    SP_ERROR_ABI_MINOR,        /* abi-minor */
    SP_ERROR_ABI_SIZE,         /* abi-size: struct_size below 1.0 or beyond the symbol */
    SP_ERROR_ABI_FEATURE,      /* abi-feature: an unknown required feature or flag bit */
    SP_ERROR_NOTE,             /* note-malformed */
    SP_ERROR_NOTE_MISMATCH,    /* note-mismatch: the note disagrees with the vtable */
    /* trust */
    SP_ERROR_SIGNATURE_MISSING,   /* signature-missing: none beside it, and one is required */
    SP_ERROR_SIGNATURE_INVALID,   /* signature-invalid: damaged, or of other bytes */
    SP_ERROR_SIGNATURE_UNTRUSTED, /* signature-untrusted: by a key that is not listed */
    SP_ERROR_UNVERIFIED_LIBRARY,  /* unverified-library: a verified plugin needs one beside it */
    SP_ERROR_DENIED,              /* denied-by-policy */
    /* what an author does well to mend: warnings only */
    SP_ERROR_NO_NOTE,       /* no-note: a host cannot name the plugin without loading it */
    SP_ERROR_EXTRA_EXPORTS, /* extra-exports: symbols beside sp_extension_vtable */
    SP_ERROR_NO_RELRO,      /* no-relro: RELRO or BIND_NOW is missing */
    SP_ERROR_NO_BUILD_ID,   /* no-build-id */
    /* loading, in the child process */
    SP_ERROR_LOAD,             /* load-failed: dlopen() refused */
    SP_ERROR_LOAD_CRASHED,     /* load-crashed: a signal ended the child */
    SP_ERROR_LOAD_EXITED,      /* load-exited: the plugin ended the child itself */
    SP_ERROR_LOAD_TIMEOUT,     /* load-timeout */
    SP_ERROR_LOAD_FORBIDDEN,   /* load-forbidden: the plugin made a call that the child may not make
                                */
    SP_ERROR_LOAD_PROTOCOL,    /* load-protocol: the child sent what our own code never sends */
    SP_ERROR_LOAD_SIDE_EFFECT, /* load-side-effect: a warning only */
    /* the declaration */
    SP_ERROR_INVALID_EXTENSION, /* invalid-extension: NULL, not UTF-8, a name or version that does
                                   not fit, counts */
    /* registry */
    SP_ERROR_DUPLICATE_EXTENSION, /* duplicate-extension */
    SP_ERROR_MISSING_DEPENDENCY,  /* missing-dependency: absent, refused or disabled */
    SP_ERROR_DEPENDENCY_VERSION,  /* dependency-version */
    SP_ERROR_DEPENDENCY_CYCLE,    /* dependency-cycle */
    SP_ERROR_REQUIRED_DISABLED,   /* required-extension-disabled */
    SP_ERROR_NOT_CHECKED, /* dependency-not-checked: a note only; it is not among the files */
    /* SQL, statically */
    SP_ERROR_SQL_SYNTAX,            /* sql-syntax */
    SP_ERROR_NEWER_GRAMMAR,         /* newer-grammar: only a newer server can read it */
    SP_ERROR_GRAMMAR_UNREAD,        /* grammar-unread: a warning only */
    SP_ERROR_NOT_DECLARATIVE,       /* not-declarative: belongs into a migration */
    SP_ERROR_NOT_REPEATABLE,        /* not-repeatable: not safe to run at every boot */
    SP_ERROR_TRANSACTION_CONTROL,   /* transaction-control */
    SP_ERROR_NOT_ALLOWED,           /* statement-not-allowed: in no text of an extension */
    SP_ERROR_NO_TRANSACTION_NEEDED, /* needs-no-transaction: CREATE INDEX CONCURRENTLY in a
                                       transactional migration */
    SP_ERROR_ROLE_SWITCH,           /* role-switch: it would leave the role of its extension */
    SP_ERROR_SEED_STATEMENT,        /* seed-statement: a kind that a seed may not hold */
    SP_ERROR_SEED_NOT_IDEMPOTENT,   /* seed-not-idempotent */
    SP_ERROR_UNKNOWN_COLUMN, /* unknown-column: an index or view names a column that the table never
                                gets */
    SP_ERROR_NO_SUCH_TABLE,  /* required-columns-without-table */
    /* ownership */
    SP_ERROR_DUPLICATE_OWNER,  /* duplicate-table-owner */
    SP_ERROR_DUPLICATE_OBJECT, /* duplicate-object-owner: view, function, type, sequence */
    SP_ERROR_CROSS_NOT_OWNED,  /* cross-extension-table-not-owned */
    SP_ERROR_CROSS_UNDECLARED, /* cross-extension-write-undeclared */
    SP_ERROR_UNOWNED_TABLE, /* table-not-owned: a schema or seed changes a table that no extension
                               creates */
    SP_ERROR_HOST_TABLE,    /* host-table: the ledger and its sisters are the host's */
    SP_ERROR_OWNERSHIP_VIOLATED, /* ownership-violated: a transaction did what its text hides */
    SP_ERROR_NOT_OWNED,       /* object-not-owned: it is there, and the extension did not make it */
    SP_ERROR_OBJECT_UNKNOWN,  /* object-unknown: not declared, or not in the database */
    SP_ERROR_UNDECLARED_READ, /* undeclared-dependency: a warning only */
    /* history */
    SP_ERROR_MIGRATION_DRIFT,    /* migration-drift */
    SP_ERROR_MIGRATION_SLOT,     /* migration-slot-reused */
    SP_ERROR_LEDGER,             /* ledger-unreadable */
    SP_ERROR_MIGRATION_AHEAD,    /* database-ahead: a warning only */
    SP_ERROR_MIGRATION_ORPHANED, /* migration-orphaned: a warning only */
    SP_ERROR_MIGRATION_UNKNOWN,  /* migration-unknown: no extension declares it, or the ledger lacks
                                    it */
    SP_ERROR_MIGRATION_RECORDED, /* migration-recorded: it is in the ledger already */
    SP_ERROR_NOT_REVERSIBLE,     /* migration-not-reversible */
    SP_ERROR_OBJECT_IN_USE,  /* object-in-use: another extension depends on what would be dropped */
    SP_ERROR_RETIRED_OBJECT, /* retired-object-declared: a retirement drops what a schema creates */
    SP_ERROR_COLUMN_ABSENT,  /* column-not-there: a schema declares it, the table lacks it, and no
                                migration adds it */
    SP_ERROR_KEY_DIFFERS,    /* foreign-key-differs: a warning only */
    SP_ERROR_KEY_UNCHECKED,  /* foreign-key-not-valid: a warning only */
    SP_ERROR_HAZARD,         /* hazard: a warning only */
    /* the database */
    SP_ERROR_CONNECT,         /* database-unreachable */
    SP_ERROR_CONNECTION_LOST, /* connection-lost */
    SP_ERROR_SERVER_TOO_OLD,  /* server-too-old: older than a migration says it needs */
    SP_ERROR_STANDBY,         /* database-read-only */
    SP_ERROR_POOLER,          /* transaction-pooler */
    SP_ERROR_LOCKED,          /* locked: another host holds the lock */
    SP_ERROR_LOCK_LOST,       /* lock-lost */
    SP_ERROR_PRIVILEGE,       /* insufficient-privilege */
    SP_ERROR_ROLE_NOT_OURS,   /* role-not-ours: a role that bears the name of one */
    SP_ERROR_STATEMENT,       /* statement-failed */
    SP_ERROR_CANNOT_REBUILD,  /* cannot-rebuild: something stands on a view or function that has to
                                 be  dropped */
    SP_ERROR_LOCK_TIMEOUT,    /* lock-timeout: somebody kept a table locked through every attempt */
    SP_ERROR_INVALID_INDEX,   /* invalid-index: a concurrent build left an index that cannot be used
                               */
    SP_ERROR_COLUMN_MISSING,  /* required-column-missing */
    SP_ERROR_CLUSTER,         /* embedded-cluster: initdb or the server could not be run */
    /* check --embedded, verify */
    SP_ERROR_SECOND_BOOT,  /* second-boot-changes: installing again wrote something */
    SP_ERROR_ROADS_DIFFER, /* roads-differ: of verify: two roads end in different schemas */
    SP_ERROR_DOWN_UP,      /* down-up-differs: undoing and running again did not lead back */
    /* doctor; none of them ends the host */
    SP_ERROR_NEVER_INSTALLED, /* never-installed: the database has none of the host's tables */
    SP_ERROR_NOT_RECORDED,    /* definitions-not-recorded: nothing to compare the catalog with */
    SP_ERROR_INSTALL_PENDING, /* install-pending: an extension is not installed as it is declared */
    SP_ERROR_INSTALL_UNFINISHED,    /* install-unfinished: it changed since its definitions were
                                       recorded */
    SP_ERROR_MIGRATION_INTERRUPTED, /* migration-interrupted */
    SP_ERROR_OBJECT_MISSING,        /* object-missing */
    SP_ERROR_OBJECT_ALTERED,        /* object-altered */
    SP_ERROR_OBJECT_FOREIGN,        /* object-foreign: no extension made it */
    SP_ERROR_OBJECT_ORPHANED,       /* object-orphaned: the plugin of its extension is gone */
    SP_ERROR_RECORD_ORPHANED,       /* record-orphaned: likewise of rows in the host's tables */
    SP_ERROR_NOT_VALIDATED,         /* constraint-not-validated */
    SP_ERROR_TRIGGER_DISABLED,      /* trigger-disabled */
    SP_ERROR_BODY_DANGLING,         /* body-names-missing-relation */
    SP_ERROR_SEQUENCE_BEHIND, /* sequence-behind: the next value of its column is taken already */
    /* embed */
    SP_ERROR_DIRECTIVE, /* directive: a comment line "-- @word" that does not fit */
    SP_ERROR_FOLDER,    /* extension-folder: a file, key or directive that does not fit */
    SP_N_ERRORS
} SpErrorCode;

/** Where it went wrong. Every member may be unset (NULL, 0). Strings are borrowed while it is
 * passed in. */
typedef struct {
    const char *path;      /* the plugin file, or another file of the operator */
    const char *extension; /* its id */
    const char *source;    /* the SQL file, as the extension names it */
    guint line;            /* 1-based */
    guint column;          /* 1-based, in characters */
    const char *phase;     /* nick of the phase */
    guint statement;       /* 1-based: statement n ... */
    guint statements;      /* ... of m in its transaction */
    const char *sqlstate;  /* five characters */
    const char *sql;       /* the statement */
} SpPlace;

#define SP_ERROR (sp_error_quark())
GQuark sp_error_quark(void);

/**
 * Builds an error. Problem, detail and hint follow PostgreSQL's error message style guide: the
 * problem is one line, lower case, no full stop, and names its object in double quotes; detail and
 * hint are full sentences.
 * @detail: (nullable): facts, both sides of a mismatch
 * @hint: (nullable): what the reader can do, if that is likely right
 * @format: printf format of the problem
 * Returns: (transfer full): the error
 */
GError *sp_error_new(SpErrorCode code, const char *detail, const char *hint, const char *format,
                     ...) G_GNUC_PRINTF(4, 5);

/** Like sp_error_new(), stored in @error (nullable) as g_set_error() does. Always returns FALSE, to
 * be returned. */
gboolean sp_error_set(GError **error, SpErrorCode code, const char *detail, const char *hint,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);

/** Fills what is still unset in the place of @error; so the innermost place wins as an error
 * travels up. Copies. */
void sp_error_place(GError *error, const SpPlace *place);

/**
 * Turns the place of @error from one within a piece of text into one within the file that the piece
 * was cut from. An error without a line gets the beginning of the piece.
 * @start: source, line and column where the piece begins
 */
void sp_error_shift(GError *error, const SpPlace *start);

/** (nullable) (transfer none): facts of @error; NULL when there is none or the error is of another
 * domain. */
const char *sp_error_detail(const GError *error);
/** (nullable) (transfer none) */
const char *sp_error_hint(const GError *error);
/** (transfer none): all-unset when nothing is known. Valid as long as @error. */
const SpPlace *sp_error_get_place(const GError *error);

/** The stable kebab-case name; "internal" for a foreign domain. */
const char *sp_error_nick(const GError *error);
/** The exit status that the error ends the host with. */
SpExitStatus sp_error_exit_status(const GError *error);
/** The nick of a code, for tests that walk all of them. */
const char *sp_error_code_nick(SpErrorCode code);
