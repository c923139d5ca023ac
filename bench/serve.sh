#!/usr/bin/env bash
# The node's server beside nginx, over loopback, TLS 1.3 with the same kind of key and a client's certificate on both. Called by `./dev bench serve`.
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
"$program" keys "$work/nginx"  # of the same kind, and both sides show one
cat >"$work/nginx/nginx.conf" <<CONF
daemon off; pid $work/nginx/pid; error_log $work/nginx/error.log; worker_processes 1;
events { worker_connections 512; }
http {
  access_log off; log_not_found off; keepalive_requests 1000000000; client_max_body_size 0; client_body_temp_path $work/nginx/tmp;
  proxy_temp_path $work/nginx/tmp; fastcgi_temp_path $work/nginx/tmp; uwsgi_temp_path $work/nginx/tmp; scgi_temp_path $work/nginx/tmp;
  server {
    listen 127.0.0.1:18443 ssl; ssl_protocols TLSv1.3; ssl_certificate $work/nginx/node.crt; ssl_certificate_key $work/nginx/node.key;
    ssl_verify_client optional_no_ca;
    location /put/ { root $work/nginx; dav_methods PUT; }
    location / { root $work; }
  }
}
CONF
# Workers of root's nginx become nobody, who may not enter here.
[ "$(id -u)" -ne 0 ] || sed -i '1i user root;' "$work/nginx/nginx.conf"
/usr/sbin/nginx -c "$work/nginx/nginx.conf" 2>/dev/null &
nginx_pid=$!
ask() { curl -sfk --cert "$work/nginx/sender.crt" --key "$work/nginx/sender.key" -o /dev/null "$@"; }
for _ in $(seq 100); do ask https://127.0.0.1:18443/nginx/node.crt && break; sleep 0.1; done
nginx_cpu() { cat $(pgrep -P "$nginx_pid" | sed 's|.*|/proc/&/stat|') | awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); t += $12 + $13 } END { print t / hz }'; }
measured() {  # what, then curl's arguments: clock, rate, processor time of both
  local what=$1 before curl_cpu figures
  shift
  before=$(nginx_cpu)
  TIMEFORMAT='%U %S'
  curl_cpu=$( { time ask -w '%{time_total} %{speed_upload} %{speed_download}\n' "$@" >"$work/figures"; } 2>&1)
  figures=$(cat "$work/figures")
  echo "$figures $curl_cpu $before $(nginx_cpu)" |
    awk -v what="$what" '{ printf "%s: %.1f s, %.0f MB/s; CPU-s: %.1f curl, %.1f nginx\n", what, $1, ($2 + $3) / 1e6, $4 + $5, $7 - $6 }'
}
measured 'curl -T to nginx' -T "$work/big" https://127.0.0.1:18443/put/big
cmp "$work/big" "$work/nginx/put/big"
rm -f "$work/nginx/put/big"
measured 'curl from nginx' https://127.0.0.1:18443/big
head -c 1000 "$work/big" >"$work/small"
rm -f "$work/big"

echo '== calls, both sides with a certificate'
"$program" calls "$work" "$clients" "$seconds"
"$program" nginx "$work/nginx" 18443 "$clients" "$seconds"
