#!/bin/sh
# Makes what compose.yaml mounts, once: passwords, the addresses that hold them, and the signing key.
# The files belong to the user that the containers run as, so this needs root, or containers without root of their own.
set -eu
cd "$(dirname "$0")"
[ ! -e secrets ] || { echo "deploy/secrets is there already" >&2; exit 1; }
umask 077
mkdir secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
broker=$(random) database=$(random)
printf 'default_user = gatehouse\ndefault_pass = %s\ndefault_vhost = gatehouse\n' "$broker" >secrets/rabbitmq.conf
printf 'amqp://gatehouse:%s@broker:5672/gatehouse\n' "$broker" >secrets/queue
printf '%s' "$database" >secrets/postgres
# The database is on this machine, and no certificate is made for it: on the way to another one, leave `sslmode` out.
printf 'postgres://gatehouse:%s@database:5432/gatehouse?sslmode=disable\n' "$database" >secrets/store
openssl genpkey -algorithm ed25519 -out secrets/signer.pem
# The folder stays closed to others; the servers' accounts read their file through the mount.
chmod 0644 secrets/rabbitmq.conf secrets/postgres
chmod 0400 secrets/queue secrets/store secrets/signer.pem
if [ "$(id -u)" = 0 ]; then
  chown 10001:10001 secrets/queue secrets/store secrets/signer.pem
else
  echo "now, as root: chown 10001:10001 deploy/secrets/queue deploy/secrets/store deploy/secrets/signer.pem" >&2
fi
