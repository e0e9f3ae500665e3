/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/**
 * sp/extension.h: all that a plugin of sp-host needs, and its manual.
 *
 * A plugin is a shared object ("NAME.so") that exports one constant data symbol,
 * sp_extension_vtable. It declares an extension: its SQL schemas, migrations, seeds and
 * dependencies. A plugin links to nothing of the host.
 *
 * The life of a plugin:
 *
 * - seen: The host reads the file's ELF note and the first 32 bytes of the symbol. No code of the
 *   plugin runs.
 * - loaded: A child process of the host calls dlopen(), so ELF constructors run there, under limits
 *   and a deadline. It copies the declaration out and sends it to the host. Avoid constructors; the
 *   host does not need them.
 * - installed: The host brings the database to the declared shape. Only data of the plugin takes
 *   part in this.
 * - run: Only if hooks are declared and "sp-host run" serves: dlopen() in that process, start(),
 *   and stop() at its end.
 *
 * The smallest plugin:
 *
 *   #include <sp/extension.h>
 *
 *   static const struct sp_schema schemas[] = {
 *       {.table = "notes",
 *        .sql = "CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, body text);"},
 *   };
 *
 *   SP_EXTENSION("notes", "Notes", "1.0.0", .schemas = SP_LIST(schemas))
 *
 *   cc -shared -fPIC -o notes.so notes.c
 *
 * Rules that hold for ever within one major version:
 *
 * - The first 32 bytes of the vtable are integers and never move.
 * - Members are only appended, never inserted, reordered or removed. A host copies the part that
 *   both sides know into a zeroed struct, so what an older plugin lacks reads as 0, NULL or an
 *   empty list.
 * - A list says how large one item is, so items can grow in the same way.
 * - Every string is UTF-8, ends with NUL, and lives as long as the plugin is mapped. The host never
 *   writes to it.
 */
#ifndef SP_EXTENSION_H
#define SP_EXTENSION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The ABI that this header describes. */
#define SP_ABI_MAJOR 1
#define SP_ABI_MINOR 1

/**
 * The lowest host minor that the plugin can run on. Define it before including this header when the
 * extension relies on a member that a later minor added; a host below it then refuses the plugin
 * instead of overlooking the member.
 */
#ifndef SP_ABI_MIN_MINOR
#define SP_ABI_MIN_MINOR 0
#endif

/** The name of the one exported symbol. */
#define SP_EXTENSION_SYMBOL "sp_extension_vtable"

/** The ELF note that tells a host who the plugin is without loading it. Its content is JSON. */
#define SP_NOTE_SECTION ".note.sp.extension"
#define SP_NOTE_OWNER "SPEXT"
#define SP_NOTE_TYPE 0x53500001

/** sp_extension_vtable.flags: the extension is required; an operator cannot disable it. */
#define SP_EXTENSION_REQUIRED UINT64_C(1)

/** sp_migration.flags: run the statements one by one, outside a transaction (CREATE INDEX
 * CONCURRENTLY needs it). */
#define SP_MIGRATION_NO_TRANSACTION 1u

/** sp_migration.flags: a spent version. It is never run nor recorded, has no SQL, and keeps its
 * number from being used again. */
#define SP_MIGRATION_TOMBSTONE 2u

/** sp_dependency.flags: install after the other extension if it is there, and without it if it is
 * not. */
#define SP_DEPENDENCY_OPTIONAL 1u

/** The priority of an extension that states none. Lower comes first, among what dependencies leave
 * open. */
#define SP_PRIORITY_DEFAULT 100

/** A list of items. Empty when count is 0; items may then be NULL. Build one with SP_LIST(). */
struct sp_list {
    const void *items;
    uint64_t count;
    uint64_t item_size; /* sizeof one item as the plugin saw it */
};

/** An initialiser for struct sp_list from an array: .schemas = SP_LIST(schemas). */
#define SP_LIST(array)                                                  \
    {                                                                   \
        (array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0]) \
    }

/** Another extension that this one needs. Checked when the registry is built. */
struct sp_dependency {
    const char *id;            /* never NULL; "users" */
    const char *version_range; /* comparisons that must all hold: ">=1.2,<2"; NULL for any */
    uint32_t flags;            /* SP_DEPENDENCY_OPTIONAL or 0 */
    uint32_t reserved;         /* 0 */
};

/**
 * Declarative SQL. It runs at every boot that has something to change, so each statement must be
 * safe to run again: CREATE ... IF NOT EXISTS, CREATE OR REPLACE, or a kind that has neither
 * (CREATE TYPE, DOMAIN, POLICY, CAST), which the host skips where the object exists. Anything else
 * belongs into a migration. Names without a namespace mean public.
 */
struct sp_schema {
    const char *table;               /* the table that the SQL is about, or NULL; "orders" */
    const char *namespace_name;      /* where that table stands; NULL means public */
    const char *sql;                 /* never NULL; any number of statements */
    struct sp_list required_columns; /* of const char *: what table must have after the install */
    const char *source; /* the file of the SQL, for messages; may be NULL; "schema/orders.sql" */
};

/** A step that runs once in a database, recorded in the ledger in the same transaction. */
struct sp_migration {
    uint32_t version;        /* 0 to 2147483647, unique in the extension; lower runs first */
    uint32_t flags;          /* SP_MIGRATION_NO_TRANSACTION or SP_MIGRATION_TOMBSTONE or 0 */
    const char *name;        /* never NULL; [a-z0-9_]+; "add_due_date" */
    const char *sql;         /* never NULL, but always with TOMBSTONE */
    const char *down_sql;    /* undoes it; NULL when nothing can, and always with NO_TRANSACTION */
    const char *source;      /* file of sql, for messages; may be NULL */
    const char *down_source; /* file of down_sql, for messages; may be NULL */
};

/** Idempotent data: INSERT ... ON CONFLICT, UPDATE and MERGE only. Runs at every boot, in one
 * transaction. */
struct sp_seed {
    const char *id;     /* never NULL; unique in the extension; [a-z0-9_-]+; "currencies" */
    const char *sql;    /* never NULL */
    const char *source; /* for messages; may be NULL */
};

/**
 * What earlier versions made and this one no longer wants, and what migrations must not meet: DROP
 * TRIGGER, FUNCTION, PROCEDURE and VIEW with IF EXISTS and without CASCADE, nothing else. All
 * retirements run before everything else of an install.
 */
struct sp_retirement {
    const char *sql;    /* never NULL */
    const char *source; /* for messages; may be NULL; "schema/retire.sql" */
};

/** One line of the configuration group that an extension names: "retention_days", "30". */
struct sp_setting {
    const char *key;
    const char *value;
};

/** Where a callback says what went wrong. The host makes it, zeroed, and reads it when the callback
 * fails. */
struct sp_problem {
    uint32_t struct_size; /* set by the host */
    uint32_t reserved;
    char message[512]; /* one line, UTF-8, NUL-terminated: what could not be done, and why */
};

/**
 * What a running extension may ask of the host. Versioned like the vtable: use SP_HOST_HAS() before
 * a member that is younger than SP_ABI_MIN_MINOR.
 */
struct sp_host_api {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t struct_size;
    uint32_t reserved;
    void *host; /* pass it back as the first argument */
    /* Writes one line to the host's log; priority as in syslog(3), 3 (error) to 7 (debug). */
    void (*log)(void *host, uint32_t priority, const char *message);
    /* The value of a key in the extension's configuration group, or NULL. Valid until stop()
     * returns. */
    const char *(*get_setting)(void *host, const char *key);
};

/** Whether the host's table is new enough to have a member, and has it set. */
#define SP_HOST_HAS(api, member)                                                           \
    ((api)->struct_size >= offsetof(struct sp_host_api, member) + sizeof((api)->member) && \
     (api)->member != NULL)

/** Run-time hooks of "sp-host run". Install and listing never call them. */
struct sp_hooks {
    uint32_t struct_size; /* sizeof(struct sp_hooks) */
    uint32_t reserved;    /* 0 */
    /* Starts the extension after the install succeeded. Returns 0, or another value and fills
     * problem. */
    int32_t (*start)(const struct sp_host_api *api, void **state, struct sp_problem *problem);
    /* Ends what start() began. NULL when there is nothing to end. */
    void (*stop)(const struct sp_host_api *api, void *state);
};

/** The declaration of an extension. Define it with SP_EXTENSION(). */
struct sp_extension_vtable {
    uint32_t abi_major;     /* SP_ABI_MAJOR; must be the host's */
    uint32_t abi_minor;     /* SP_ABI_MINOR: the header that the plugin was compiled with */
    uint32_t struct_size;   /* sizeof this struct as the plugin saw it */
    uint32_t abi_min_minor; /* SP_ABI_MIN_MINOR; must not be above the host's minor */
    /* A bit that the host does not know refuses the plugin. None is defined yet. */
    uint64_t required_features;
    /* SP_EXTENSION_REQUIRED, or 0. A bit that the host does not know refuses the plugin. */
    uint64_t flags;

    const char *id;          /* never NULL; unique; [a-z][a-z0-9_-]{0,62}; "orders" */
    const char *name;        /* never NULL; for people; "Orders" */
    const char *version;     /* never NULL; MAJOR.MINOR.PATCH; "1.4.0" */
    const char *description; /* one sentence, or NULL */
    const char *license;     /* SPDX expression, or NULL; "MIT" */
    const char *homepage;    /* URL, or NULL */

    uint32_t priority; /* lower installs first, among what dependencies leave open */
    uint32_t reserved; /* 0 */

    struct sp_list dependencies; /* of struct sp_dependency */
    struct sp_list schemas;      /* of struct sp_schema; run in this order */
    struct sp_list migrations;   /* of struct sp_migration; in any order */
    struct sp_list seeds;        /* of struct sp_seed; run in this order */
    /* of const char *: tables of other extensions that this one may write or alter: "users" (in
     * public) or "billing.invoices" */
    struct sp_list cross_extension_tables;

    /* The group of the host's configuration file that is this extension's, or NULL. */
    const char *config_group;
    /* Checks that group before start(). Returns 0, or another value and fills problem. NULL accepts
     * everything. */
    int32_t (*validate_config)(const struct sp_setting *settings, uint64_t count,
                               struct sp_problem *problem);
    const struct sp_hooks *hooks; /* NULL when the extension has no code to run */

    /* Since 1.1: of struct sp_retirement; run in this order. Whoever has any defines
     * SP_ABI_MIN_MINOR 1. */
    struct sp_list retirements;
};

#if defined(__GNUC__) || defined(__clang__)
#define SP_EXPORT __attribute__((visibility("default")))
#else
#define SP_EXPORT
#endif

#define SP_STRINGIFY_(x) #x
#define SP_STRINGIFY(x) SP_STRINGIFY_(x)

/**
 * Emits the ELF note: namesz, descsz, type, owner, JSON. Assembler text rather than a section
 * attribute, since AddressSanitizer pads objects of the latter kind. The arguments are string
 * literals without quotes or backslashes.
 */
/* clang-format off */
#define SP_EXTENSION_NOTE(id, name, version)                                       \
    __asm__(".pushsection " SP_NOTE_SECTION ",\"a\",%note\n"                       \
            ".balign 4\n"                                                          \
            ".long 2f - 1f\n"                                                      \
            ".long 4f - 3f\n"                                                      \
            ".long " SP_STRINGIFY(SP_NOTE_TYPE) "\n"                               \
            "1: .asciz \"" SP_NOTE_OWNER "\"\n"                                    \
            "2: .balign 4\n"                                                       \
            "3: .ascii \"{\\\"id\\\":\\\"\"\n.ascii " #id "\n"                     \
            ".ascii \"\\\",\\\"name\\\":\\\"\"\n.ascii " #name "\n"                \
            ".ascii \"\\\",\\\"version\\\":\\\"\"\n.ascii " #version "\n"          \
            ".ascii \"\\\",\\\"abi\\\":{\\\"major\\\":" SP_STRINGIFY(SP_ABI_MAJOR) \
            ",\\\"minor\\\":" SP_STRINGIFY(SP_ABI_MINOR)                           \
            ",\\\"min_minor\\\":" SP_STRINGIFY(SP_ABI_MIN_MINOR) "}}\"\n"          \
            "4: .balign 4\n"                                                       \
            ".popsection\n");

/** The six integers at the head of the vtable, for a language or style that cannot use
 * SP_EXTENSION(). */
#define SP_EXTENSION_HEAD(flags)                                                                   \
    SP_ABI_MAJOR, SP_ABI_MINOR, (uint32_t)sizeof(struct sp_extension_vtable), SP_ABI_MIN_MINOR, 0, \
        (flags)

/**
 * Defines the vtable and the note. The id, name and version are string literals; the other members
 * follow by name:
 *
 *   SP_EXTENSION("orders", "Orders", "1.4.0", .priority = 50, .schemas = SP_LIST(schemas))
 *
 * In C++17 they are assignments to "extension":
 *
 *   SP_EXTENSION("orders", "Orders", "1.4.0", extension.priority = 50,
 *                extension.schemas = SP_LIST(schemas))
 *
 * and in older C++, without the macro: SP_EXTENSION_NOTE("orders", "Orders", "1.4.0") and
 * extern "C" SP_EXPORT const struct sp_extension_vtable sp_extension_vtable =
 * {SP_EXTENSION_HEAD(0), "orders", ...}.
 */
#ifndef __cplusplus
#define SP_EXTENSION(id_, name_, version_, ...)                            \
    SP_EXTENSION_NOTE(id_, name_, version_)                                \
    _Pragma("GCC diagnostic push")                                         \
    _Pragma("GCC diagnostic ignored \"-Woverride-init\"")                  \
    extern SP_EXPORT const struct sp_extension_vtable sp_extension_vtable; \
    const struct sp_extension_vtable sp_extension_vtable = {               \
        .abi_major = SP_ABI_MAJOR,                                         \
        .abi_minor = SP_ABI_MINOR,                                         \
        .struct_size = (uint32_t)sizeof(struct sp_extension_vtable),       \
        .abi_min_minor = SP_ABI_MIN_MINOR,                                 \
        .id = id_,                                                         \
        .name = name_,                                                     \
        .version = version_,                                               \
        .priority = SP_PRIORITY_DEFAULT,                                   \
        __VA_ARGS__};                                                      \
    _Pragma("GCC diagnostic pop")
#endif

#ifdef __cplusplus
}
#endif

#if defined(__cplusplus) && __cplusplus >= 201703L
/* Constant all the same: what is assigned is computed by the compiler. */
#define SP_EXTENSION(id_, name_, version_, ...)                                \
    SP_EXTENSION_NOTE(id_, name_, version_)                                    \
    extern "C" SP_EXPORT const struct sp_extension_vtable sp_extension_vtable; \
    constexpr struct sp_extension_vtable sp_extension_vtable = []() {          \
        struct sp_extension_vtable extension = {};                             \
        extension.abi_major = SP_ABI_MAJOR;                                    \
        extension.abi_minor = SP_ABI_MINOR;                                    \
        extension.struct_size = sizeof(struct sp_extension_vtable);            \
        extension.abi_min_minor = SP_ABI_MIN_MINOR;                            \
        extension.id = id_;                                                    \
        extension.name = name_;                                                \
        extension.version = version_;                                          \
        extension.priority = SP_PRIORITY_DEFAULT;                              \
        __VA_ARGS__;                                                           \
        return extension;                                                      \
    }();
#endif
/* clang-format on */

#endif
