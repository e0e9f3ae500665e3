/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the two sides of loading say to each other. */
#pragma once

#include "base/wire.h"

#include <glib.h>

/**
 * The descriptors of the load child, beside stdin (which ends when the child may begin, and is
 * /dev/null for the plugins) and stdout and stderr (a pipe).
 */
#define SP_LOAD_REQUEST_FD 3   /* a sealed memfd with one SpLoadRequest */
#define SP_LOAD_DIRECTORY_FD 4 /* the plugin directory */
#define SP_LOAD_REPLY_FD 5     /* a pipe for frames */
/* The first of the sealed copies, when there are any: that of plugin I of the request is this + I.
 * They stay open, since the loader would take a number that was used before for the file that it
 * stood for then. */
#define SP_LOAD_SEALED_FD 6

#define SP_LOAD_NONCE_SIZE 16
#define SP_LOAD_PAYLOAD_MAX (64u << 20)

/** The exit status of a child that cannot answer any more, since a plugin closed or replaced its
 * descriptor. */
#define SP_LOAD_EXIT_MUTE 76
/** The exit status of a child in which a plugin made a forbidden call. The last four bytes on the
 * pipe are then the number of the call, and no frame: the plugin was in the middle of anything. */
#define SP_LOAD_EXIT_FORBIDDEN 79

typedef enum {
    SP_LOAD_UNCONFINED = 1, /* no payload, before all others: no filter of system calls to be had */
    SP_LOAD_STARTED,        /* no payload: the child is about to map the plugin */
    SP_LOAD_SOILED,         /* a guint32 of SpLoadEffects: what comes next is this child's last */
    SP_LOAD_DECLARED,       /* the declaration */
    SP_LOAD_REFUSED,        /* sp_load_put_refusal() */
} SpLoadKind;

/** The head of a frame, in the byte order of the machine; the payload follows. */
typedef struct {
    guint32 magic;
    guint32 kind;
    guint8 nonce[SP_LOAD_NONCE_SIZE]; /* tells the child's frames from what a plugin writes at
                                         random */
    guint32 index;                    /* of the plugin in the request */
    guint32 length;                   /* of the payload */
} SpLoadFrame;

/** @nonce: SP_LOAD_NONCE_SIZE bytes */
SpLoadFrame sp_load_frame(const guint8 *nonce, SpLoadKind kind, guint32 index, gsize length);
/** Whether @frame may stand on the wire of a child with that nonce. */
gboolean sp_load_frame_is_valid(const SpLoadFrame *frame, const guint8 *nonce);

typedef struct {
    const char *name; /* of the file */
    guint64 symbol_size;
} SpLoadPlugin;

/** What a child is to do. */
typedef struct {
    guint8 nonce[SP_LOAD_NONCE_SIZE];
    guint32 parent; /* process id */
    guint64 cpu_seconds;
    gboolean are_sealed; /* there are sealed copies, to be loaded instead of the files */
    GArray *plugins;     /* (element-type SpLoadPlugin) */
} SpLoadRequest;

/** (transfer full) */
GBytes *sp_load_request_write(const SpLoadRequest *request);
/** @out_request: (out): borrows names from @bytes, owns its array. FALSE when the bytes are none.
 */
gboolean sp_load_request_read(GBytes *bytes, SpLoadRequest *out_request);

/** The refusal of one plugin: code, problem, detail, hint. */
void sp_load_put_refusal(GByteArray *bytes, const GError *error);
/** (transfer full) (nullable): NULL when there is none to be read. INTERNAL becomes LOAD_PROTOCOL,
 * since only defects and forgers send such a code. */
GError *sp_load_get_refusal(SpWire *wire);
