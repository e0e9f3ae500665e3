#!/bin/sh
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT
#
# The public header compiles alone, without a warning, in every language and compiler that is here.
# Usage: header.sh INCLUDE_DIR
set -eu

include=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo '#include <sp/extension.h>' >"$scratch/alone.c"
cp "$scratch/alone.c" "$scratch/alone.cpp"
cat >"$scratch/plugin.cpp" <<'CPP'
#include <sp/extension.h>
static const struct sp_seed seeds[] = {{"one", "SELECT 1", nullptr}};
SP_EXTENSION_NOTE("plus", "Plus", "1.0.0")
extern "C" SP_EXPORT const struct sp_extension_vtable sp_extension_vtable = {
    SP_EXTENSION_HEAD(0), "plus", "Plus", "1.0.0", nullptr, nullptr, nullptr, SP_PRIORITY_DEFAULT, 0, {}, {}, {},
    SP_LIST(seeds), {}, nullptr, nullptr, nullptr, {}};
CPP
cat >"$scratch/macro.cpp" <<'CPP'
#include <sp/extension.h>
static constexpr const char *tables[] = {"users"};
static constexpr sp_seed seeds[] = {{"one", "SELECT 1", nullptr}};
SP_EXTENSION("plus", "Plus", "1.0.0", extension.seeds = SP_LIST(seeds), extension.priority = 50,
             extension.cross_extension_tables = SP_LIST(tables))
static_assert(sp_extension_vtable.priority == 50 && sp_extension_vtable.seeds.count == 1, "computed by the compiler");
static_assert(sp_extension_vtable.struct_size == sizeof(struct sp_extension_vtable), "filled in");
CPP

compile() {
  compiler=$1
  shift
  command -v "$compiler" >/dev/null || return 0
  echo "$compiler $*"
  "$compiler" -Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only -I "$include" "$@"
}

for standard in c99 c11 c17; do
  compile gcc "-std=$standard" "$scratch/alone.c"
  compile clang "-std=$standard" "$scratch/alone.c"
done
for file in alone plugin macro; do
  for standard in c++17 c++20; do
    compile g++ "-std=$standard" -Wshadow "$scratch/$file.cpp"
    compile clang++ "-std=$standard" -Wshadow "$scratch/$file.cpp"
  done
done
compile g++ -std=c++11 "$scratch/plugin.cpp"
