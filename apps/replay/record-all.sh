#!/bin/sh
# Records the traces in recordings/ again: makes the inputs, the same each time, runs the programs in a temporary
# folder and keeps what they allocated.   usage: record-all.sh [name...]   (default: all)
#
# Debian: apt-get install gcc libc6-dev gawk jq sqlite3 perl python3 git grep ripgrep lld redis-server
# Numbers of events differ a little from run to run where threads share work, and with the versions of the programs.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
trace=$here/../../packages/tools/trace
wanted=" $* "

(cd "$trace" && npx tsup)
mkdir -p "$here/recordings"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/workloads/* "$work"
cd "$work"

export LC_ALL=C PYTHONMALLOC=malloc PYTHONHASHSEED=0 PERL_HASH_SEED=0 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
generate() { script=$1; shift; gawk -f numbers.awk -f "$script.awk" "$@"; }

# record <name> <version> <heaprecord options>... -- <command>: writes recordings/<name>.hwtrace
record() {
  name=$1 version=$2
  shift 2
  node "$trace/dist/heaprecord.js" --version "$version" "$here/recordings/$name.hwtrace" "$@"
}
want() { [ "$wanted" = "  " ] || case "$wanted" in *" $1 "*) ;; *) return 1 ;; esac; }
first_line() { "$@" 2>&1 | head -n 1; }

objects() {
  for unit in $(seq 0 "$1"); do
    generate c-source -v functions=40 -v unit="$unit" >"unit$unit.c"
    gcc -O0 -g -ffunction-sections -c "unit$unit.c" -o "unit$unit.o"
  done
}
tree() {
  for folder in $(seq 0 29); do
    mkdir -p "tree/d$folder"
    for file in $(seq 0 39); do generate c-source -v functions=4 -v unit="$folder$file" >"tree/d$folder/f$file.c"; done
  done
}
history() {
  git init -q -b main repo
  generate history -v commits=600 -v files=120 | git -C repo fast-import --quiet --done
  git -C repo reset -q --hard main
}

if want cc1; then
  generate c-source -v functions=22 -v unit=0 >unit.c
  record cc1 "$(first_line gcc --version)" --program cc1 -- gcc -O2 -S unit.c -o unit.s
fi
if want python3; then
  generate people -v count=4000 -v form=csv >people.csv
  record python3 "$(first_line /usr/bin/python3 --version)" --command "PYTHONMALLOC=malloc python3 python.py people.csv" \
    -- /usr/bin/python3 python.py people.csv
fi
if want perl; then
  generate people -v count=8000 -v form=csv >people.csv
  record perl "perl $(perl -e 'print $^V')" -- perl perl.pl people.csv >perl.out
fi
if want gawk; then
  generate people -v count=4000 -v form=csv >people.csv
  record gawk "$(first_line gawk --version)" -- gawk -F, -f index.awk people.csv >gawk.out
fi
if want jq; then
  generate people -v count=6000 -v form=json >people.json
  record jq "$(jq --version)" -- jq -s -f cities.jq people.json >jq.out
fi
if want sqlite3; then
  generate people -v count=8000 -v form=sql >people.sql
  record sqlite3 "SQLite $(sqlite3 --version | cut -d' ' -f1)" -- sqlite3 :memory: ".read sqlite.sql" >sqlite.out
fi
if want grep; then
  [ -d tree ] || tree
  record grep "$(first_line grep --version)" -- grep -rEc '([a-z])\1.*;' tree/d1 tree/d2 tree/d3 tree/d4 >grep.out
fi
if want git-log; then
  [ -d repo ] || history
  record git-log "$(git --version)" -- git -C repo --no-pager log -p --stat >log.out
fi
if want git-grep; then
  [ -d repo ] || history
  record git-grep "$(git --version)" -- git -C repo -c grep.threads=4 grep -c '\([aeiou]\)\1.*t' >git-grep.out
fi
if want ripgrep; then
  [ -d tree ] || tree
  [ -d repo ] || history
  record ripgrep "$(first_line rg --version)" -- rg -j4 -n 'total (\+|-|\^)= .*[0-9]{3}' tree repo >rg.out
fi
if want lld; then
  objects 99
  record lld "$(first_line ld.lld --version)" \
    --command "ld.lld --threads=4 --gc-sections --icf=all -O2 --gdb-index -shared -o all.so unit*.o" \
    -- ld.lld --threads=4 --gc-sections --icf=all -O2 --gdb-index -shared -o all.so unit*.o
fi
if want redis; then
  generate redis -v count=7000 >redis.txt
  record redis "$(first_line redis-server --version)" --program redis-server \
    --command "sh redis.sh (redis-server --io-threads 3 --lazyfree-lazy-user-del yes)" -- sh redis.sh
fi
