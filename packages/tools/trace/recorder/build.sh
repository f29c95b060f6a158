#!/bin/sh
# Builds libheaprecord.so from heaprecord.c.   usage: build.sh [directory to build into, default: beside this script]
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
out=${1:-$here}

if ! command -v "${CC:-gcc}" >/dev/null 2>&1; then
  echo "heaprecord: no C compiler: '${CC:-gcc}' was not found. Install gcc (Debian: apt-get install gcc libc6-dev)." >&2
  exit 3
fi

mkdir -p "$out"
"${CC:-gcc}" -std=gnu11 -O2 -shared -fPIC -fvisibility=hidden -fno-builtin-malloc -fno-builtin-calloc \
  -Wall -Wextra -Werror -o "$out/libheaprecord.so" "$here/heaprecord.c" -ldl -pthread
echo "$out/libheaprecord.so"
