/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Divergences: what two roads to one schema left differently, said to whoever owns it. */
#pragma once

#include "base/error.h"
#include "base/findings.h"
#include "model/creations.h"
#include "model/fingerprint.h"
#include "model/registry.h"

/** One database that a road led to. */
typedef struct {
    const char *road; /* its name, for messages */
    const SpFingerprint *fingerprint;
} SpArrival;

/** Who owns what. */
typedef struct {
    const SpRegistry *registry;
    const SpCreations *creations; /* of its extensions */
    const SpCreations *older;     /* (nullable): of those that were there before */
} SpOwners;

/**
 * Refuses, with @code, every object that is not the same in both, each with both definitions, and
 * the place where its owner creates it. Of a table that is missing its parts are not named.
 * Notes (migration-orphaned) what is of an extension that is in @older alone: it stays, whoever
 * removes a plugin.
 * @hint: (nullable): for the first of them
 */
void sp_divergences_find(const SpArrival *expected, const SpArrival *found, const SpOwners *owners,
                         SpErrorCode code, const char *hint, SpFindings *findings);
