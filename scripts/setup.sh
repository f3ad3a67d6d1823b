# Bring .venv up to date; called by make. Finds a Python 3.12 or 3.13 by running each candidate, since a name on
# PATH proves nothing (a pyenv shim may exist and refuse, a distribution may leave out venv), and leaves the rest
# to setup.py. PYTHON=... names one to try first.
set -eu
cd "$(dirname "$0")/.."

if [ -x .venv/bin/python ] && .venv/bin/python scripts/setup.py --check "${PYTHON:-}" 2>/dev/null; then
    exit 0
fi

rejected=''

# Prints the interpreter that lies under a suitable one, so that .venv is never built upon itself.
suitable() {
    "$1" - 2>/dev/null <<'PROBE'
import os, sys, sysconfig
if not (3, 12) <= sys.version_info[:2] <= (3, 13) or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
import ensurepip, venv
base = getattr(sys, "_base_executable", None) or sys.executable
# A half-removed .venv no longer knows that it is one, and calls itself the base.
if os.path.realpath(os.path.dirname(base)).startswith(os.path.realpath(".venv") + os.sep):
    base = os.path.realpath(base)
print(base)
PROBE
}

try() {
    command -v "$1" >/dev/null 2>&1 || return 0
    if base=$(suitable "$1") && [ -n "$base" ]; then
        exec "$base" scripts/setup.py
    fi
    said=$("$1" -c 'import sys; print("is Python %d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || said='does not run'
    case $said in "is Python 3.12."* | "is Python 3.13."*) said="$said without venv and ensurepip, or free-threaded" ;; esac
    rejected="$rejected
  $1 $said"
}

if [ -n "${PYTHON:-}" ]; then
    try "$PYTHON"
    echo "setup: PYTHON=$PYTHON is not a usable Python 3.12 or 3.13; looking for another" >&2
fi
# First the Python that .venv has already: a changed lock is no reason to change it.
for candidate in .venv/bin/python python3.13 python3.12 python3 python \
    "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.13*/bin/python "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.12*/bin/python \
    "${HOME:-}"/.local/bin/python3.1[23] "${HOME:-}"/.local/share/uv/python/cpython-3.1[23]*/bin/python3 \
    /usr/local/bin/python3.1[23] /usr/bin/python3.1[23] /opt/homebrew/bin/python3.1[23] \
    /Library/Frameworks/Python.framework/Versions/3.1[23]/bin/python3; do
    try "$candidate"
done

cat >&2 <<MESSAGE
setup: no Python 3.12 or 3.13 (with its venv module) was found. Tried:${rejected:-
  nothing: no Python at all is on PATH}
Install one, then run make again. For example:
  Debian, Ubuntu:  apt install python3.12 python3.12-venv
  macOS:           brew install python@3.13
  anywhere:        pyenv install 3.13    or    uv python install 3.13
If it lies in an unusual place: make PYTHON=/path/to/python3.13 ...
MESSAGE
exit 1
