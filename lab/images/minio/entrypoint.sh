#!/bin/sh
# `docker run minio/minio server /data` and `… minio server /data` mean the same.
if [ "$1" != minio ]; then
    set -- minio "$@"
fi
exec "$@"
