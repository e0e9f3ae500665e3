# shellcheck shell=bash
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

# What tools/test and tools/demo share; to be sourced.

# The host refuses plugins that others than their owner could have written.
umask 022

targets=()
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Every temporary file stands in here, so that what is left behind can be found. Servers that run as another user have
# to get through; short, since the path of a Unix socket has at most 107 bytes.
scratch=$(mktemp -d /tmp/sp.XXXXXX)
chmod 1777 "$scratch"

# The processes that name the folder, or got it as theirs for temporary files.
list_left_behind() {
    # In brackets, so that grep does not find itself.
    local pattern=${scratch/sp/[s]p}
    {
        grep -sl -e "$pattern" /proc/[0-9]*/cmdline
        grep -sl -e "TMPDIR=$pattern" /proc/[0-9]*/environ
    } | cut -d/ -f3 | sort -u
}

clean_up() {
    list_left_behind | xargs -r kill -KILL 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "${0##*/}: $1" >&2
    exit "${2:-1}"
}

# Whether the host would load plugins from a folder: it and all above belong to root or to us, and nobody else may write.
is_safe() {
    local folder=$1 owner mode
    while :; do
        read -r owner mode < <(stat -c '%u %a' "$folder")
        [ "$owner" -eq 0 ] || [ "$owner" -eq "$(id -u)" ] || return 1
        (((8#$mode & 8#22) == 0 || (8#$mode & 8#1000) != 0)) || return 1
        [ "$folder" != / ] || return 0
        folder=$(dirname "$folder")
    done
}

# Prints the build folder with the suffix $1: $SP_BUILD_DIR, else build/, else a passing one when that is of no use.
choose_build_folder() {
    local folder=$top/build$1
    if [ -n "${SP_BUILD_DIR:-}" ]; then
        folder=$(realpath -m "$SP_BUILD_DIR$1")
    elif ! { is_safe "$top" && mkdir -p "$folder" && [ -w "$folder" ] && is_safe "$folder"; }; then
        folder=$scratch/build$1
    fi 2>/dev/null
    mkdir -p "$folder"
    echo "$folder"
}

# Configures the folder $1 with the meson options that follow, and builds what the array "targets" names, or all.
# Shows the log only when that fails.
build() {
    local folder=$1 log=$1/build.log
    shift
    if [ -e "$folder/build.ninja" ]; then
        set -- configure "$@" "$folder"
    else
        set -- setup "$@" "$folder" "$top"
    fi
    echo "Building in $folder"
    if ! { meson "$@" && ninja -C "$folder" "${targets[@]}"; } </dev/null >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "The build failed."
        return 1
    fi
}
