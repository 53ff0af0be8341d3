#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mcp with a client that others wrote: the TypeScript SDK of the Model Context Protocol, from npm. Skipped, and said so,
# where node, npm or the registry is not to be had.
. "$(dirname "$0")/lib.sh"
command -v node >/dev/null && command -v npm >/dev/null || { echo "SKIPPED: no node or npm"; exit 77; }
cd "$WORK/files" || exit 1
timeout 120 npm install --silent --no-fund --no-audit --prefix . @modelcontextprotocol/sdk@1.32.2 >npm.log 2>&1 ||
  { echo "SKIPPED: npm has no @modelcontextprotocol/sdk for us"; exit 77; }
start_server one "$ORC" __replay claude waiting still 0
wait_for 20 has_state one %0 waiting || fail "claude is not recognised"
cat >client.mjs <<'J'
import assert from 'node:assert';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
const transport = new StdioClientTransport({ command: process.argv[2], args: ['-L', 'one', 'mcp'], env: process.env });
const client = new Client({ name: 'test', version: '1' });
await client.connect(transport);
const { tools } = await client.listTools();
assert.deepEqual(tools.map((t) => t.name), ['agents', 'screen', 'explain', 'wait_for', 'usage']);
const text = async (name, args) => (await client.callTool({ name, arguments: args })).content[0].text;
assert.equal(JSON.parse(await text('agents', {})).agents[0].state, 'waiting');
assert.match(await text('screen', { pane: '%0' }), /Untrusted[^]*Do you want/);
assert.equal(JSON.parse(await text('wait_for', { states: ['waiting'], pane: '%0' })).reached, true);
assert.equal(JSON.parse(await text('wait_for', { states: ['crashed'], timeout_s: 0.2 })).reached, false);
await client.ping();
await client.close();
console.log('well');
J
run timeout 120 node client.mjs "$ORC"
exit_is 0
out_has '^well$'
