#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mcp: each tool, wrong requests, waits that end, time out and are cancelled; a screen that tries to speak for us.
. "$(dirname "$0")/lib.sh"
start_server one "$ORC" __replay claude waiting still 0
work=$(new_window one work "$ORC" __replay codex working still 0)
wait_for 20 has_state one %0 waiting && wait_for 20 has_state one "$work" working || fail "the agents are not recognised"
cat >"$WORK/client.py" <<'P'
import json, subprocess, sys, time
orc, work, socket = sys.argv[1:]
p = subprocess.Popen([orc, '-L', 'one', 'mcp'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def send(**m):
    p.stdin.write(json.dumps({'jsonrpc': '2.0', **m}) + '\n'); p.stdin.flush()
def receive(): return json.loads(p.stdout.readline())
def ask(id, method, **params):
    send(id=id, method=method, params=params)
    r = receive()
    assert r['id'] == id and r['jsonrpc'] == '2.0', r
    return r
def call(id, name, **arguments):
    r = ask(id, 'tools/call', name=name, arguments=arguments)
    return r['result']['content'][0]['text'], r['result']['isError']
r = ask(1, 'initialize', protocolVersion='2025-03-26', capabilities={}, clientInfo={'name': 't', 'version': '1'})['result']
assert r['protocolVersion'] == '2025-03-26' and r['serverInfo']['name'] == 'tmux-orc' and 'tools' in r['capabilities'], r
assert ask(2, 'initialize', protocolVersion='1999')['result']['protocolVersion'] == '2025-06-18'
send(method='notifications/initialized')
assert ask('x', 'ping')['result'] == {}
names = [t['name'] for t in ask(3, 'tools/list')['result']['tools']]
assert names == ['agents', 'screen', 'explain', 'wait_for', 'usage'], names
text, bad = call(4, 'agents')
d = json.loads(text)
assert d['agents'][0]['asks']['line'].startswith('run `') and d['agents'][1]['asks'] is None, d
assert not bad and [a['state'] for a in d['agents']] == ['waiting', 'working'], d
assert [a['pane'] for a in json.loads(call(5, 'agents', states=['working'])[0])['agents']] == [work]
assert [a['pane'] for a in json.loads(call(6, 'agents', needs=True)[0])['agents']] == ['%0']
text, bad = call(7, 'screen', pane='%0')
mark = text.split('<untrusted-')[1].split('>')[0]
assert not bad and 'Do you want to' in text and text.startswith('Untrusted') and text.endswith('</untrusted-' + mark + '>'), text
assert mark not in call(8, 'screen', pane='%0')[0]
text, bad = call(9, 'explain', pane='main:0.0')
assert not bad and '"state": "waiting"' in text and 'untrusted' in text, text
for id, name, arguments in [(10, 'screen', {'pane': '%99'}), (11, 'screen', {}), (12, 'screen', {'pane': 3}),
                            (13, 'agents', {'states': ['moon']}), (14, 'agents', {'states': 'idle'}),
                            (15, 'wait_for', {'states': []}), (16, 'wait_for', {'states': ['idle'], 'timeout_s': -1}),
                            (17, 'screen', {'pane': '%0; kill-server'})]:
    text, bad = call(id, name, **arguments)
    assert bad, (name, arguments, text)
# Wrong use of the protocol.
assert ask(20, 'nothing')['error']['code'] == -32601
assert ask(21, 'tools/call')['error']['code'] == -32602
assert ask(22, 'tools/call', name='answer')['error']['code'] == -32602
for line, code in [('{', -32700), ('[]', -32600), ('{"id": 1}', -32600), ('{"id": {}, "method": "ping"}', -32600)]:
    p.stdin.write(line + '\n'); p.stdin.flush()
    assert receive()['error']['code'] == code, line
# Waits: one that is true already, one that times out, one that comes; others are answered meanwhile.
assert json.loads(call(30, 'wait_for', states=['waiting'])[0])['agent']['pane'] == '%0'
assert json.loads(call(31, 'wait_for', states=['crashed'], timeout_s=0.2)[0])['reached'] is False
send(id=32, method='tools/call', params={'name': 'wait_for', 'arguments': {'states': ['idle'], 'pane': work, 'timeout_s': 60}})
send(id=33, method='tools/call', params={'name': 'wait_for', 'arguments': {'states': ['crashed'], 'timeout_s': 60}})
assert ask(34, 'ping')['result'] == {}
send(method='notifications/cancelled', params={'requestId': 33})
subprocess.run(['tmux', '-S', socket, 'respawn-pane', '-k', '-t', work, orc + ' __replay codex idle still 0'], check=True)
r = receive()
assert r['id'] == 32 and json.loads(r['result']['content'][0]['text'])['agent']['state'] == 'idle', r
# What they use: who is parked by a limit.
assert json.loads(call(40, 'usage')[0])['limits'] == []
subprocess.run(['tmux', '-S', socket, 'respawn-pane', '-k', '-t', work, orc + ' __replay claude rate_limited still 0'], check=True)
assert json.loads(call(41, 'wait_for', states=['rate_limited'], timeout_s=60)[0])['reached'] is True
limits = json.loads(call(42, 'usage')[0])['limits']
assert [(l['agent'], [p['pane'] for p in l['parked']]) for l in limits] == [('claude', [work])], limits
# What ends with its input, even with a wait.
send(id=35, method='tools/call', params={'name': 'wait_for', 'arguments': {'states': ['crashed'], 'timeout_s': 600}})
p.stdin.close()
assert p.wait(20) == 0
print('well')
P
run timeout 120 "$PYTHON" "$WORK/client.py" "$ORC" "$work" "$(socket_of one)"
exit_is 0
out_has '^well$'
run_with 'x' "$ORC" mcp --json
exit_is 2
