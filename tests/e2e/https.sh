#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A webhook by https: told to a server whose certificate the system's store vouches for, and to no other one.
. "$(dirname "$0")/lib.sh"
needs openssl
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cd "$WORK/files" || exit 1
make_key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "$@" 2>"$WORK/openssl" || fail "openssl: $(cat "$WORK/openssl")"; }
make_key -x509 -days 2 -subj "/CN=A CA of ours" -keyout ca.key -out ca.pem
certify() {  # NAME ALTNAME: signed by the CA
  make_key -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$1.pem" \
    -extfile <(echo "subjectAltName=$2") 2>"$WORK/openssl" || fail "openssl: $(cat "$WORK/openssl")"
}
certify right IP:127.0.0.1
certify other DNS:elsewhere.example
cat >server.py <<'P'
import http.server, json, ssl, sys, threading

class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print(self.path, body["text"].splitlines()[0], flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

ports = []
for name in ("right", "other"):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{name}.pem", f"{name}.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    ports.append(server.server_address[1])
    threading.Thread(target=server.serve_forever).start()
open("ports", "w").write(" ".join(map(str, ports)) + "\n")
P
"$PYTHON" server.py >told 2>server.log &
JOBS+=($!)
disown  # its end by cleanup is no news
wait_for 10 test -s ports || fail "no server: $(cat server.log)"
read -r right other <ports
cat >"$STATE/config.yaml" <<Y
notifications:
  channels:
    - {name: right, type: webhook, url: "https://127.0.0.1:$right/right", timeout: 10, retries: 0}
    - {name: other, type: webhook, url: "https://127.0.0.1:$other/other", timeout: 10, retries: 0}
Y

# Nobody vouches for a CA of ours.
run "$ORC" notify test right
[ "$RC" -ne 0 ] || fail "a certificate of an unknown CA is taken"
err_has 'certificate'
[ ! -s told ] || fail "it is told all the same: $(cat told)"

# In the store, as update-ca-certificates(8) puts it there: seen by these commands alone.
bundle=/etc/ssl/certs/ca-certificates.crt
cat "$bundle" ca.pem >bundle.pem 2>/dev/null
vouched() { unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh "$WORK/files/bundle.pem" "$bundle" "$@"; }
if ! vouched true 2>/dev/null; then
  echo "NOT TESTED: a certificate that is vouched for (no right to mount, or no $bundle). All the rest ran and passed."
  exit 0
fi
run vouched "$ORC" notify test right
exit_is 0
grep -q '^/right ' told || fail "nothing came: $(cat told server.log)"
# It is another one's certificate.
run vouched "$ORC" notify test other
[ "$RC" -ne 0 ] || fail "a certificate of another name is taken"
! grep -q '^/other ' told || fail "it is told all the same: $(cat told)"
