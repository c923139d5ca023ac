#!/usr/bin/env bash
# The node's server beside nginx, over loopback, TLS 1.3 with the same kind of key on both. Called by `./dev bench serve`.
# Usage: bench/serve.sh [MEGABYTES [CUTS [CLIENTS [SECONDS]]]]   default 4096 20 64 10. Needs twice MEGABYTES of disk.
#
# Not the same work: our receiver computes SHA-256 of every file, compares it and waits for the disk before it answers;
# nginx writes to the page cache and answers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
megabytes=${1:-4096} cuts=${2:-20} clients=${3:-64} seconds=${4:-10}
program=$PWD/build/bench/bench/crossguard-serve-bench
work=$(mktemp -d build/bench/serve.XXXXXX)  # beside the build: a real disk, where /tmp may be memory
work=$PWD/$work
nginx_pid=
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true; rm -rf "$work"' EXIT

printf '%s, %s, %s cores, load %s, commit %s\n' "$(date -u +%Y-%m-%d)" "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" \
  "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
openssl enc -aes-128-ctr -nosalt -pass pass:bench -pbkdf2 -in /dev/zero 2>/dev/null | head -c "${megabytes}M" >"$work/big" || true

echo '== crossguard, two processes'
"$program" large "$work" "$work/big" "$cuts"
rm -rf "$work/incoming"
"$program" download "$work" "$work/big"
rm -rf "$work/incoming"

echo '== nginx and curl'
mkdir -p "$work/nginx/put" "$work/nginx/tmp"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/nginx/key.pem" -out "$work/nginx/cert.pem" \
  -subj /CN=localhost -days 2 2>/dev/null
cat >"$work/nginx/nginx.conf" <<CONF
daemon off; pid $work/nginx/pid; error_log $work/nginx/error.log; worker_processes 1;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path $work/nginx/tmp;
  proxy_temp_path $work/nginx/tmp; fastcgi_temp_path $work/nginx/tmp; uwsgi_temp_path $work/nginx/tmp; scgi_temp_path $work/nginx/tmp;
  server {
    listen 127.0.0.1:18443 ssl; ssl_protocols TLSv1.3; ssl_certificate $work/nginx/cert.pem; ssl_certificate_key $work/nginx/key.pem;
    location /put/ { root $work/nginx; dav_methods PUT; }
    location / { root $work; }
  }
}
CONF
# Workers of root's nginx become nobody, who may not enter here.
[ "$(id -u)" -ne 0 ] || sed -i '1i user root;' "$work/nginx/nginx.conf"
/usr/sbin/nginx -c "$work/nginx/nginx.conf" 2>/dev/null &
nginx_pid=$!
until curl -sk -o /dev/null https://127.0.0.1:18443/nginx/cert.pem; do kill -0 "$nginx_pid"; sleep 0.1; done
report() { awk -v what="$1" '{ printf "%s: %.1f s, %.0f MB/s\n", what, $1, $2 / 1e6 }'; }
curl -sk -o /dev/null -w '%{time_total} %{speed_upload}\n' -T "$work/big" https://127.0.0.1:18443/put/big | report 'curl -T to nginx'
rm -f "$work/nginx/put/big"
curl -sk -o /dev/null -w '%{time_total} %{speed_download}\n' https://127.0.0.1:18443/big | report 'curl from nginx'
rm -f "$work/big"

echo '== calls'
"$program" calls "$work" "$clients" "$seconds"
