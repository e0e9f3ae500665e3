#!/bin/sh
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT
#
# The layout of the public header is what the kept baseline of its version says. Skipped (77) without abidiff.
# Usage: drift.sh INCLUDE_DIR [--renew]
set -eu

include=$(cd "$1" && pwd)
renew=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
for tool in abidw abidiff; do
  command -v "$tool" >/dev/null || exit 77
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

number() {
  sed -n "s/^#define SP_ABI_$1 \([0-9]*\)$/\1/p" "$include/sp/extension.h"
}

baseline=sp-extension-$(number MAJOR).$(number MINOR).abi
# The name of the source goes into the description, so it has no folder.
cd "$here"
cc -std=c99 -g -shared -fPIC -fvisibility=hidden -I "$include" -o "$scratch/surface.so" surface.c

if [ "$renew" = --renew ]; then
  # Nothing of this machine: no paths, no places.
  abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --type-id-style hash --out-file "$baseline" \
    "$scratch/surface.so"
  exit
fi

if ! [ -e "$baseline" ]; then
  echo "There is no tests/abi/$baseline. If this is a new version of the ABI, make it: tests/abi/drift.sh include --renew" >&2
  exit 1
fi
if ! abidiff --harmless --no-show-locs "$baseline" "$scratch/surface.so" >"$scratch/changes"; then
  cat "$scratch/changes"
  cat >&2 <<TEXT

The layout differs from tests/abi/$baseline, which built plugins rely on. If a member was appended, raise
SP_ABI_MINOR, add its row to tests/abi/layout.c, and make a new baseline: tests/abi/drift.sh include --renew
Anything else has to be taken back.
TEXT
  exit 1
fi
