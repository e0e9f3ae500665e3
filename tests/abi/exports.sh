#!/bin/sh
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT
#
# A plugin made with the macro exports the vtable and nothing else, needs no symbol of the host, and carries a note
# that survives optimisation, sanitizers and strip.
# Usage: exports.sh INCLUDE_DIR PLUGIN.c
set -eu

include=$1
plugin=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$1" >&2
  exit 1
}

check() {
  exports=$(nm -D --defined-only "$scratch/plugin.so" | awk '{print $3}')
  [ "$exports" = sp_extension_vtable ] || fail "exports: $exports"
  nm -D --undefined-only "$scratch/plugin.so" | grep -E ' U sp_' && fail 'needs a symbol of the host'
  readelf -nW "$scratch/plugin.so" | grep -q SPEXT || fail 'has no note'
  readelf -p .note.sp.extension "$scratch/plugin.so" | grep -q '"abi":{"major":1' || fail 'has no JSON'
}

build() {
  compiler=$1
  command -v "$compiler" >/dev/null || return 0
  echo "$*"
  "$@" -std=c99 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -I "$include" -o "$scratch/plugin.so" \
    "$plugin"
  check
}

for compiler in gcc clang; do
  build "$compiler" -O0
  build "$compiler" -O2 -ffunction-sections -fdata-sections -Wl,--gc-sections
  strip -s "$scratch/plugin.so" 2>/dev/null && check
done
build gcc -O2 -flto
command -v ld.lld >/dev/null && build clang -O2 -flto -fuse-ld=lld
build clang -fsanitize=address
