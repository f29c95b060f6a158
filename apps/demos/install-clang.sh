#!/usr/bin/env bash
# Installs what the demo wasm-module compiles its C program with, on Debian and what is like it. Needs to be root.
set -euo pipefail

apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang lld
