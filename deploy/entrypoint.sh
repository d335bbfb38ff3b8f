#!/bin/sh
# What the container runs: `podbrief` with the words given, once its state folder can be written.
set -eu
home=${PODBRIEF_HOME:-var}
if ! mkdir -p "$home" 2>/dev/null || ! [ -w "$home" ]; then
    echo "podbrief: $home cannot be written by user $(id -u): give that user the volume mounted there" >&2
    exit 1
fi
exec podbrief "$@"
