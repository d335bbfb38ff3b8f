#!/bin/sh
# Make a virtual environment with uv in it: make_venv.sh PYTHON FOLDER UV_VERSION
set -eu
python=$1 folder=$2 uv_version=$3

if ! command -v "$python" >/dev/null 2>&1; then
    echo "$python was not found: install Python 3.11 or newer, or name yours: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$python is $("$python" --version 2>&1): Podbrief needs 3.11 or newer. Name one: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian ships venv as a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing python3-venv" >&2
        apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$python has no venv module. On Debian or Ubuntu: sudo apt-get install -y python3-venv, then make again" >&2
        exit 1
    fi
fi
if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$folder"
    "$python" -m venv "$folder"
fi
if [ "$("$folder/bin/uv" --version 2>/dev/null | cut -d ' ' -f 2)" != "$uv_version" ]; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi
