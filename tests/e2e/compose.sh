#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compose.yaml without containers: every path that it mounts is there, and a monitor and a Prometheus that see nothing but
# what is mounted find each other.
. "$(dirname "$0")/lib.sh"
needs prometheus promtool
PY=$(python_with yaml) || fail "python3-yaml is missing: scripts/install.sh --test-deps"
export SOURCE
cat >"$WORK/files/compose.py" <<'P'
import os, pathlib, shutil, sys
import yaml
source, root = pathlib.Path(os.environ["SOURCE"]), pathlib.Path(sys.argv[1])
compose = yaml.safe_load((source / "compose.yaml").read_text())
services = compose["services"]
for name, service in services.items():
    for mount in service["volumes"]:
        here, there = mount.split(":")[:2]
        if not here.startswith("."):
            assert here in compose["volumes"], f"{name}: the volume {here} is not declared"
            continue
        assert (source / here).is_file(), f"{name} mounts {here}, which is not there"
        assert mount.endswith(":ro"), f"{name} may write {here}"
        copy = root / name / there.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / here, copy)
    network = service.get("network_mode", "service:" + name).removeprefix("service:")
    assert network in services, f"{name} is on the network of {network}"
    build = service.get("build")
    assert not build or (source / build / "Dockerfile").is_file()
print(root / "tmux-orc" / services["tmux-orc"]["environment"]["TMUX_ORC_CONFIG"].lstrip("/"))
P
run "$PY" "$WORK/files/compose.py" "$WORK/mounted"
exit_is 0
monitor=$OUT scrape=$WORK/mounted/prometheus/etc/prometheus/prometheus.yml  # the image's own --config.file
[ -f "$monitor" ] || fail "TMUX_ORC_CONFIG names what is not mounted"
run promtool check config "$scrape"
exit_is 0
alerts=$WORK/mounted/alertmanager/etc/alertmanager/alertmanager.yml  # that image's own
[ -f "$alerts" ] || fail "Alertmanager has no configuration"
same "$(grep -c '127\.0\.0\.1:9093' "$scrape")" 1 "Prometheus sends its alerts to the Alertmanager beside it"
run "$ORC" config validate "$monitor"
exit_is 0

read -r port web <<<"$(free_ports 2)"
for file in "$monitor" "$scrape"; do
  grep -q '127\.0\.0\.1:9464' "$file" || fail "$file does not say the port of the other"
  sed -i "s/127\.0\.0\.1:9464/127.0.0.1:$port/" "$file"
done
start_server default "$ORC" __replay claude waiting still 0
TMUX_ORC_CONFIG=$monitor "$ORC" monitor start >/dev/null || fail "no start"
start_prometheus compose "$web" "$scrape"
answer() { OUT=$(curl -sf --get "http://127.0.0.1:$web/api/v1/$1" "${@:2}"); }
is_up() { answer query --data-urlencode 'query=up{job="tmux-orc"} == 1' && [ "$(jq '.data.result | length' <<<"$OUT")" = 1 ]; }
wait_for 40 is_up || fail "the monitor is not scraped: $(curl -s "http://127.0.0.1:$web/api/v1/targets")"
answer query --data-urlencode 'query=sum(tmux_orc_agents{state="waiting"})' || fail "no answer"
same "$(jq -r '.data.result[0].value[1]' <<<"$OUT")" 1 "agents that wait"
answer rules || fail "no answer"
same "$(jq -r '[.data.groups[].name] | sort | join(" ")' <<<"$OUT")" \
  "tmux-orc-agents tmux-orc-figures tmux-orc-health tmux-orc-monitor" "groups of rules"
! grep -E 'level=(warn|error)' "$WORK/files/compose.log" || fail "Prometheus complains"
TMUX_ORC_CONFIG=$monitor "$ORC" monitor stop >/dev/null
