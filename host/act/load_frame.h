/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the two sides of loading say to each other. */
#pragma once

#include <glib.h>

/**
 * The descriptors of the load child, beside stdin (which ends when the child may begin, and is
 * /dev/null for the plugins) and stdout and stderr (a pipe).
 */
#define SP_LOAD_REQUEST_FD 3   /* a sealed memfd with one variant of SP_LOAD_REQUEST_TYPE */
#define SP_LOAD_DIRECTORY_FD 4 /* the plugin directory */
#define SP_LOAD_REPLY_FD 5     /* a pipe for frames */
/* The first of the sealed copies, when there are any: that of plugin I of the request is this + I.
 * They stay open, since the loader would take a number that was used before for the file that it
 * stood for then. */
#define SP_LOAD_SEALED_FD 6

/** The nonce, the parent's process id, CPU seconds, whether there are sealed copies to load
 * instead of the files, then each plugin's file name and symbol size. */
#define SP_LOAD_REQUEST_TYPE "(ayutba(ayt))"
/** The refusal of one plugin: code, problem, detail, hint. */
#define SP_LOAD_REFUSAL_TYPE "(usmsms)"

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
    SP_LOAD_REFUSED,        /* SP_LOAD_REFUSAL_TYPE */
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

/** (transfer full) */
GVariant *sp_load_refusal_new(const GError *error);
/** (transfer full): INTERNAL becomes LOAD_PROTOCOL, since only defects and forgers send such a
 * code. */
GError *sp_load_refusal_to_error(GVariant *refusal);

/** (transfer full) (nullable): a stranger's bytes as a variant of that type; NULL when they are
 * none in normal form. */
GVariant *sp_load_variant_from_bytes(const GVariantType *type, GBytes *bytes);
