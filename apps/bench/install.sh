#!/usr/bin/env bash
# Installs all contenders of the benchmark and what they are compiled with, on Debian and what is like it. Needs to be root. What
# comes from npm is a dependency, and comes with `npm ci`.
set -euo pipefail

apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  gcc libc6-dev clang lld wasi-libc libmimalloc2.0 libjemalloc2 libtcmalloc-minimal4
