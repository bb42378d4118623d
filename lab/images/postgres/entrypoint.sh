#!/usr/bin/env bash
# The official PostgreSQL image's behaviour for the variables and arguments that compose files and RDS emulators use:
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, each also as *_FILE;
# /docker-entrypoint-initdb.d/*.{sh,sql,sql.gz}; arguments that start with a dash go to the server.
set -Eeuo pipefail

from_file() { # from_file NAME: NAME_FILE names a file that holds the value
    local file="$1_FILE"
    if [ -n "${!file:-}" ]; then
        export "$1"="$(<"${!file}")"
        unset "$file"
    fi
}

first_start() {
    local user="${POSTGRES_USER:-postgres}" method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
    local database="${POSTGRES_DB:-$user}" scratch
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
        echo >&2 "Error: set POSTGRES_PASSWORD to a non-empty value for the superuser (docker run -e POSTGRES_PASSWORD=…)."
        exit 1
    fi
    # shellcheck disable=SC2086 # POSTGRES_INITDB_ARGS holds several arguments
    initdb -D "$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\n" >>"$PGDATA/postgresql.conf"

    # The set-up server listens on a socket only: nobody gets in before it is complete.
    PGUSER="$user" pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses='' -p 5432" >/dev/null
    export PGHOST=/var/run/postgresql PGUSER="$user" PGPASSWORD="${POSTGRES_PASSWORD:-}"
    if [ "$database" != postgres ]; then
        psql -v ON_ERROR_STOP=1 --no-psqlrc -q -d postgres -v name="$database" <<<'CREATE DATABASE :"name"'
    fi
    for scratch in /docker-entrypoint-initdb.d/*; do
        case "$scratch" in
            *.sh) if [ -x "$scratch" ]; then "$scratch"; else . "$scratch"; fi ;;
            *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -d "$database" -f "$scratch" ;;
            *.sql.gz) gunzip -c "$scratch" | psql -v ON_ERROR_STOP=1 --no-psqlrc -d "$database" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
    unset PGHOST PGUSER PGPASSWORD
    echo "PostgreSQL init process complete; ready for start up."
}

if [ "${1:-}" = "" ] || [ "${1:0:1}" = - ]; then
    set -- postgres "$@"
fi
if [ "$1" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then
        install -d -o postgres -g postgres -m 0700 "$PGDATA"
        find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres {} +
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do from_file "$name"; done
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        first_start
    fi
fi
exec "$@"
