// SPDX-License-Identifier: Apache-2.0
// The page: GET /api/v1/status says how things stand, GET /api/v1/events what changes. Whatever comes from a pane is
// put into the document as text, never as markup.
"use strict";
const $ = (id) => document.getElementById(id);
const REFRESH_MS = 15000;   // titles and figures change without an event
const SCREEN_MS = 2000;     // an open screen is looked at again
const TIMELINE_MS = 60000;  // and what its agent did today
const AGAIN_MS = 5000;      // without events: the monitor has as many listeners as it takes, or is away
const MOST_CHANGES = 100;
const MOST_USED = 12;
const NEEDS_PERSON = ["waiting", "crashed", "error", "rate_limited", "interrupted", "exited"];
const RANK = ["waiting", "crashed", "error", "rate_limited", "exited", "interrupted", "idle", "draft", "unknown",
  "starting", "working", "not_agent"];
const GROUPS = [["needs", "Need a person", (a) => needsPerson(a)],
  ["free", "Idle", (a) => a.state === "idle" || a.state === "draft"],
  ["work", "At work", () => true]];

let agents = new Map();   // key -> agent, as the API gives it
let rows = new Map();     // key -> the elements that show it
let open = null;          // key of the agent whose screen is shown
let status = null, skew = 0, heard = 0, listening = false, source = null, loggedOut = false, screenTimer = 0;
let polling = false;      // the events were refused: the status is asked for instead
let soon = 0;             // a refresh that is on its way

function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}
function put(e, text) { if (e.textContent !== text) e.textContent = text; }
const keyOf = (a) => a.server_id + a.pane;
const words = (state) => state.replace("_", " ");
const stateText = (v) => words(v.state) + (v.detail ? ": " + v.detail : "") + (v.stuck ? ", stuck" : "") + (v.done ? ", done" : "");
const needsPerson = (a) => a.stuck || NEEDS_PERSON.includes(a.state);
const rank = (a) => a.done ? 0.5 : a.stuck ? RANK.indexOf("rate_limited") + 0.5 : RANK.indexOf(a.state);
const now = () => Date.now() + skew;

function length(ms) {
  const s = Math.max(0, Math.floor(ms / 1000)), two = (n) => String(n).padStart(2, "0");
  if (s < 60) return s + "s";
  if (s < 3600) return Math.floor(s / 60) + "m" + two(s % 60) + "s";
  if (s < 86400) return Math.floor(s / 3600) + "h" + two(Math.floor(s / 60) % 60) + "m";
  return Math.floor(s / 86400) + "d" + two(Math.floor(s / 3600) % 24) + "h";
}
const count = (n) => n < 10000 ? String(n) : n < 1e6 ? Math.round(n / 1000) + "k" : (n / 1e6).toFixed(1) + "M";
const dollars = (n) => "$" + n.toFixed(2);
const percent = (n) => Math.round(n) + "%";
// "15:04", on another day "Fri 15:04".
const when = (ms) => new Date(ms).toLocaleString([], {hour: "2-digit", minute: "2-digit",
  ...(new Date(ms).toDateString() === new Date(now()).toDateString() ? {} : {weekday: "short"})});
const clock = (ms) => new Date(ms).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", second: "2-digit"});

// ---- what comes from the monitor ----

async function get(path) {
  const answer = await fetch(path, {credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(10000)});
  if (answer.status === 401 || answer.status === 403) { logOut(); throw new Error("not logged in"); }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

function logOut() {
  loggedOut = true;
  if (source) source.close();
  source = null;
  listening = false;
  $("login").hidden = false;
  agents.clear();
  status = null;
  put($("summary"), "Not logged in");
  draw();
}

async function refresh() {
  try {
    const answer = await get("/api/v1/status");
    loggedOut = false;
    status = answer;
    heard = Date.now();
    $("login").hidden = true;
    if (status.snapshot) {
      skew = status.snapshot.at_ms + status.last_round_age_s * 1000 - Date.now();
      agents = new Map(status.snapshot.agents.map((a) => [keyOf(a), a]));
    }
    draw();
    goToNamed();
    if (!source) listen();
    await Promise.all([showToday(), showLimits()]);
  } catch (e) { polling = false; drawStale(); }
}

// What an event alone does not tell, like the end of a limit. Many events are one question.
function refreshSoon() {
  if (!soon) soon = setTimeout(() => { soon = 0; refresh(); }, 1000);
}

async function showLimits() {
  const limits = (await get("/api/v1/usage")).limits.filter((l) => l.parked.length || l.used_percent !== null);
  $("limits-section").hidden = limits.length === 0;
  $("limits").replaceChildren(...limits.map((l) => {
    const item = make("li", l.parked.length ? "s-rate_limited" : "");
    item.append(make("b", "", l.agent + (l.name === "limit" ? "" : " " + l.name)), " ");
    if (l.used_percent !== null) {
      const meter = make("meter");
      [meter.max, meter.high, meter.value] = [100, 80, l.used_percent];
      meter.setAttribute("aria-label", "used of " + l.agent + " " + l.name);
      item.append(meter, " " + percent(l.used_percent) + " used");
    }
    const ends = l.resets_at_ms > now() ? "ends " + when(l.resets_at_ms) + ", in " + length(l.resets_at_ms - now()) : l.phrase || (l.parked.length ? "its end is not said" : "");
    item.append((l.used_percent !== null && ends ? ", " : "") + ends);
    const names = (panes) => panes.slice(0, 5).map((p) => p.target).join(", ") + (panes.length > 5 ? " and " + (panes.length - 5) + " more" : "");
    if (l.parked.length) item.append(make("p", "state", "parked: " + names(l.parked)));
    if (l.working.length) item.append(make("p", "", "at work: " + names(l.working)));
    return item;
  }));
}

// By project and agent, over models.
function drawUsed(sums) {
  const rows = new Map();
  for (const s of sums) {
    const row = rows.get(s.project + "\n" + s.agent) || {project: s.project, agent: s.agent, in: 0, out: 0, cost: null};
    row.in += s.tokens_in;
    row.out += s.tokens_out;
    if (s.cost_usd !== null) row.cost = (row.cost || 0) + s.cost_usd;
    rows.set(s.project + "\n" + s.agent, row);
  }
  const list = [...rows.values()].sort((a, b) => b.in + b.out - a.in - a.out);
  const rest = list.splice(MOST_USED);
  if (rest.length) list.push({project: "and " + rest.length + " more", agent: "", in: rest.reduce((n, r) => n + r.in, 0),
    out: rest.reduce((n, r) => n + r.out, 0), cost: rest.reduce((n, r) => r.cost === null ? n : (n || 0) + r.cost, null)});
  $("used").hidden = list.length === 0;
  $("used").tBodies[0].replaceChildren(...list.map((r) => {
    const line = make("tr");
    line.append(make("td", "", r.project || "-"), make("td", "", r.agent), make("td", "number", count(r.in)),
      make("td", "number", count(r.out)), make("td", "number", r.cost === null ? "-" : dollars(r.cost)));
    return line;
  }));
}

async function showToday() {
  const t = await get("/api/v1/today");
  if (t.pending) { setTimeout(() => showToday().catch(() => {}), 500); return; }
  $("today-section").hidden = !t.recorded;
  if (!t.recorded) return;
  const pairs = [["Waits for a person", String(t.waits)], ["Waited in all", length(t.waited_ms)],
    ["Longest wait", t.waits ? length(t.longest_ms) : "none"], ["At work", length(t.worked_ms)]];
  $("today").replaceChildren(...pairs.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
  drawUsed(t.usage);
}

function listen() {
  source = new EventSource("/api/v1/events");
  source.onopen = () => { polling = false; if (!listening) { listening = true; if (heard < Date.now() - 1000) refresh(); } heard = Date.now(); drawStale(); };
  source.onerror = () => {
    listening = false;
    drawStale();
    // A refused stream is not tried again by the browser.
    if (source && source.readyState === EventSource.CLOSED) { source = null; polling = true; setTimeout(refresh, AGAIN_MS); }
  };
  source.addEventListener("transition", (e) => take(JSON.parse(e.data)));
  source.addEventListener("reset", refresh);
}

function take(t) {
  heard = Date.now();
  const key = keyOf(t);
  if (t.gone) agents.delete(key);
  else agents.set(key, {...(agents.get(key) || {}), ...t, ...t.to, since_ms: t.at_ms, since_exact: true, resets_at_ms: 0,
    done: t.from.state === "working" && t.to.state === "idle", stuck: false});
  addChange(t);
  draw();
  if (t.to.state === "rate_limited") refreshSoon();
}

function addChange(t) {
  const item = make("li", "s-" + (t.gone ? "exited" : t.to.state));
  const time = make("time", "", clock(t.at_ms));
  time.dateTime = new Date(t.at_ms).toISOString();
  item.append(time, make("b", "", t.target), " " + (t.to.agent || t.from.agent || "") + " ",
    make("span", "state", t.gone ? "gone" : stateText(t.to)), t.gone || !asked(t.to) ? "" : " " + asked(t.to));
  $("changes").prepend(item);
  while ($("changes").children.length > MOST_CHANGES) $("changes").lastChild.remove();
  $("no-changes").hidden = true;
}

// ---- what is shown ----

const shown = (a) => {
  const wanted = $("filter").value.trim().toLowerCase();
  return !wanted || [a.target, a.agent, a.state, a.detail, asked(a), a.title, a.server, a.window, place(a)].join(" ").toLowerCase().includes(wanted);
};
// "shop:main", as status has it. An agent that the page knows by an event alone has none yet.
const place = (a) => (a.about ? a.about.project + (a.about.branch ? ":" + a.about.branch : "") : "");
const groupOf = (a) => GROUPS.find(([, , fits]) => fits(a))[0];
function order(a, b) {
  return rank(a) - rank(b) || a.since_ms - b.since_ms || a.target.localeCompare(b.target, undefined, {numeric: true});
}

function draw() {
  const list = [...agents.values()].filter((a) => a.state !== "not_agent").sort(order);
  const needing = list.filter(needsPerson);
  drawHead(list, needing);
  for (const [key, row] of rows) {
    if (!agents.has(key)) { row.item.remove(); rows.delete(key); if (open === key) closeScreen(); }
  }
  for (const [id, name] of GROUPS) drawGroup(id, name, list.filter((a) => groupOf(a) === id && shown(a)));
  const none = list.length === 0 ? (status && status.snapshot ? "No agents are running." : "") :
    list.some(shown) ? "" : "No agent matches the filter.";
  put($("nobody"), none);
  $("nobody").hidden = !none;
  drawStale();
}

function drawGroup(id, name, list) {
  let section = $("group-" + id);
  if (!section) {
    section = make("section");
    section.id = "group-" + id;
    const head = make("h2");
    head.id = "head-" + id;
    const items = make("ul", "agents");
    items.setAttribute("aria-labelledby", head.id);
    section.append(head, items);
    $("groups").append(section);
  }
  section.hidden = list.length === 0;
  put(section.firstChild, name + " (" + list.length + ")");
  const items = section.lastChild;
  let at = items.firstChild;
  for (const a of list) {
    const row = rowOf(a);
    if (row.item === at) at = at.nextSibling;
    else move(items, row, at);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

// An element that moves loses the focus: it is given back.
function move(items, row, before) {
  const focused = document.activeElement === row.button;
  items.insertBefore(row.item, before);
  if (focused) row.button.focus({preventScroll: true});
}

function rowOf(a) {
  const key = keyOf(a);
  let row = rows.get(key);
  if (!row) {
    row = {item: make("li"), button: make("button"), state: make("span", "state"), where: make("span", "where"),
      name: make("b"), rest: make("span"), title: make("span", "title"), since: make("span", "since")};
    row.button.type = "button";
    row.button.setAttribute("aria-expanded", "false");
    row.where.append(row.name, row.rest);
    row.button.append(row.state, row.where, row.title, row.since);
    row.button.addEventListener("click", () => toggle(key));
    row.item.append(row.button);
    rows.set(key, row);
  }
  row.item.className = "agent s-" + a.state;
  put(row.state, stateText(a));
  put(row.name, a.target);
  put(row.rest, " " + a.agent + (a.role === "pm" ? " (pm)" : "") + (servers() > 1 ? " on " + a.server : "") +
    (place(a) ? ", " + place(a) : ""));
  put(row.title, asked(a) || a.title || a.window || "");
  row.title.classList.toggle("asks", asked(a) !== "");
  drawSince(a, row);
  drawAsks(a, row);
  return row;
}
const asked = (a) => (a.asks ? a.asks.line : "");
const servers = () => (status && status.snapshot ? status.snapshot.servers.length : 1);
function drawSince(a, row) {
  const limit = a.state === "rate_limited" && a.resets_at_ms > now() ? ", ends in " + length(a.resets_at_ms - now()) : "";
  put(row.since, (a.since_exact ? "" : "> ") + length(now() - a.since_ms) + limit);
}

function drawHead(list, needing) {
  if (status) {
    put($("environment"), status.environment);
    put($("about"), "tmux-orc " + status.version.split("\n")[0].replace(/^tmux-orc /, "") + ", environment " +
      status.environment + ", a look every " + status.check_interval_s + " s");
    $("problems").hidden = status.problems.length === 0;
    $("problems").replaceChildren(...status.problems.map((p) => make("li", "", p)));
    const count = (s) => list.filter((a) => s.includes(a.state)).length;
    const bold = make("b", needing.length ? "s-waiting state" : "", needing.length ?
      needing.length + (needing.length === 1 ? " needs a person" : " need a person") : "Nobody needs a person");
    const text = ", " + count(["working", "starting"]) + " at work, " + count(["idle", "draft"]) + " idle";
    if ($("summary").textContent !== bold.textContent + text) $("summary").replaceChildren(bold, text);
  }
  document.title = (needing.length ? "(" + needing.length + ") " : "") + "tmux-orc";
  drawIcon(needing.length);
  if (navigator.setAppBadge) (needing.length ? navigator.setAppBadge(needing.length) : navigator.clearAppBadge()).catch(() => {});
}

let iconOf = 0;
function drawIcon(count) {
  if (count === iconOf) return;
  iconOf = count;
  const text = count > 99 ? "99" : String(count);
  document.querySelector("link[rel=icon]").href = count === 0 ? "icon.svg" : "data:image/svg+xml," + encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#ffc145"/>' +
    '<text x="16" y="24" font-family="sans-serif" font-weight="bold" font-size="22" text-anchor="middle" fill="#16181d">' +
    text + "</text></svg>");
}

// Stale: the connection is gone, or the monitor's last round is older than it may be.
function drawStale() {
  let text = "";
  if (!loggedOut && status) {
    const silent = (Date.now() - heard) / 1000;
    const age = (status.last_round_age_s || 0) + silent;
    const allowed = Math.max(2 * status.check_interval_s + 11, 40);
    if (!listening && silent > (polling ? 3 * AGAIN_MS / 1000 : 1)) text = "No connection to the monitor. What is shown is " + length(silent * 1000) + " old; trying again.";
    else if (age > allowed) text = "The monitor has not looked for " + length(age * 1000) + ".";
  } else if (!loggedOut && heard === 0 && performance.now() > 5000) text = "The monitor does not answer. Trying again.";
  put($("stale"), text);
  $("stale").hidden = !text;
}

// ---- one pane's screen ----

function toggle(key) {
  if (open === key) return closeScreen();
  closeScreen();
  const row = rows.get(key);
  open = key;
  row.look = make("div", "look");
  row.screen = make("pre", "", "Looking …");
  readable(row.screen, "Screen of " + agents.get(key).target);
  row.hint = make("p");
  const a = agents.get(key);
  row.hint.append(make("span", "", "Rule " + a.rule + ". To go there: "),
    make("code", "", "tmux switch-client -t '" + a.pane + "'"));
  row.asks = make("div", "asks-form");
  row.asks.dataset.id = "none";
  row.told = make("p", "told");
  row.told.setAttribute("role", "status");
  row.uses = make("p", "", usesText(a));
  row.strip = make("div", "strip");
  row.look.append(row.told, row.asks, row.screen, row.uses, row.strip, row.hint);
  drawAsks(a, row);
  row.item.append(row.look);
  row.button.setAttribute("aria-expanded", "true");
  showScreen(key);
  showTimeline(key, row.strip);
}

function usesText(a) {
  const u = a.usage || {}, said = (value, text) => value === null || value === undefined ? [] : [text(value)];
  return [...(a.about && a.about.model ? [a.about.model] : []), ...said(u.context_percent, (v) => "context " + percent(v)),
    ...said(u.tokens_in, (v) => count(v) + " tokens in"), ...said(u.tokens_out, (v) => count(v) + " out"),
    ...said(u.cost_usd, dollars), ...(u.quotas || []).map((q) => q.name + " " + percent(q.used_percent))].join(", ");
}

async function showTimeline(key, strip) {
  const a = agents.get(key);
  if (open !== key || !a || !strip.isConnected) return;
  try {
    const t = await get("/api/v1/timeline?pane=" + encodeURIComponent(a.pane) + "&server=" + encodeURIComponent(a.server_id));
    if (!t.pending && t.recorded) drawTimeline(strip, t, a.target);
    setTimeout(() => showTimeline(key, strip), t.pending ? 200 : TIMELINE_MS);
  } catch (e) { strip.replaceChildren(); }
}

// A box for each run of columns in one state.
function drawTimeline(strip, t, target) {
  const draw = (tag, values) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(values)) e.setAttribute(name, value);
    return e;
  };
  const svg = draw("svg", {viewBox: "0 0 " + t.columns.length + " 10", preserveAspectRatio: "none", role: "img"});
  for (const run of t.columns.matchAll(/([a-z])\1*/g)) {
    const state = t.states[run[1].charCodeAt(0) - 97];
    svg.append(draw("path", {class: "s-" + state, d: "M" + run.index + " 0h" + run[0].length + "v10h-" + run[0].length + "z"}));
  }
  const text = "Since " + when(t.from_ms) + ": " + Object.entries(t.ms).map(([state, ms]) => words(state) + " " + length(ms)).join(", ");
  svg.setAttribute("aria-label", target + ". " + text);
  strip.replaceChildren(make("span", "", text), svg);
}

// A text that scrolls: by keys, too.
function readable(e, label) {
  e.tabIndex = 0;
  e.setAttribute("role", "region");
  e.setAttribute("aria-label", label);
}

function closeScreen() {
  clearTimeout(screenTimer);
  const row = rows.get(open);
  open = null;
  if (!row) return;
  row.look.remove();
  row.asks = null;
  row.button.setAttribute("aria-expanded", "false");
}

async function showScreen(key) {
  const a = agents.get(key), row = rows.get(key);
  if (open !== key || !a) return;
  try {
    const s = await get("/api/v1/screen?pane=" + encodeURIComponent(a.pane) + "&server=" + encodeURIComponent(a.server_id));
    if (s.pending) { screenTimer = setTimeout(() => showScreen(key), 100); return; }
    if (open === key) put(row.screen, s.text.replace(/\s+$/, "") || "(empty)");
  } catch (e) {
    if (open === key) put(row.screen, "The screen cannot be shown: " + e.message);
  }
  if (open === key) screenTimer = setTimeout(() => document.hidden ? (screenTimer = setTimeout(() => showScreen(key), SCREEN_MS)) : showScreen(key), SCREEN_MS);
}

// ---- answers: only of the question that is shown, by its id ----

function drawAsks(a, row) {
  if (!row.asks) return;
  const ask = status && status.answers && a.state === "waiting" && a.asks && a.asks.options.length ? a.asks : null;
  const id = ask ? ask.id : "";
  if (row.asks.dataset.id === id) return;
  row.asks.dataset.id = id;
  row.asks.hidden = !ask;
  put(row.told, "");
  if (!ask) return;
  const options = make("div", "options");
  for (const o of ask.options) {
    const button = make("button", "", (o.key ? o.key + ". " : "") + o.text);
    button.type = "button";
    button.addEventListener("click", () => answer(keyOf(a), ask, o));
    options.append(button);
  }
  const said = make("p", "said");
  said.setAttribute("role", "status");
  const subject = make("pre", "", ask.subject);
  subject.hidden = !ask.subject;
  readable(subject, "What it is about");
  row.asks.replaceChildren(make("b", "", ask.title), subject, options, said);
}

// What a message's button named is pointed at and pressed by the person: a link alone answers nothing.
function choose(row, ask, option) {
  if (!status.answers) return put(row.told, "This monitor takes no answers from the page (api.answer).");
  const button = row.asks.dataset.id === ask ? row.asks.querySelectorAll(".options button")[option - 1] : null;
  if (!button) return put(row.told, "The message's question is not asked any more.");
  button.classList.add("chosen");
  put(row.told, "Press the marked answer to give it.");
  button.focus({preventScroll: true});
}

async function answer(key, ask, option) {
  const a = agents.get(key), row = rows.get(key);
  if (!a || !row || !row.asks || row.asks.dataset.id !== ask.id) return;
  const buttons = [...row.asks.querySelectorAll("button")], said = row.asks.querySelector(".said");
  buttons.forEach((b) => { b.disabled = true; });
  put(said, "Answering …");
  const body = JSON.stringify({pane: a.pane, server: a.server_id, id: ask.id, choice: option.key || option.text});
  let text = "";
  try {
    for (let wait = true; wait;) {
      const reply = await fetch("/api/v1/answer", {method: "POST", credentials: "same-origin", body,
        headers: {"Content-Type": "application/json"}, signal: AbortSignal.timeout(10000)});
      const told = await reply.json();
      wait = reply.status === 202;
      if (wait) await new Promise((done) => setTimeout(done, 100));
      else text = reply.ok ? "Answered: " + told.chosen : "Not answered: " + (told.why || told.error || reply.statusText);
    }
  } catch (e) { text = "No answer came back: look before you try again. " + e.message; }
  put(said, text);
  if (!text.startsWith("Answered")) buttons.forEach((b) => { b.disabled = false; });
  refresh();
}

// ---- keys ----

function step(by, wanted) {
  const buttons = [...document.querySelectorAll(wanted)].filter((b) => b.offsetParent !== null);
  if (!buttons.length) return;
  const at = buttons.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : buttons.length - 1) : (at + by + buttons.length) % buttons.length;
  buttons[next].focus();
}
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("help").open) return;
  if (e.key === "Escape") {
    if ($("filter").value) { $("filter").value = ""; draw(); } else closeScreen();
    if (document.activeElement === $("filter")) $("filter").blur();
    return;
  }
  if (document.activeElement === $("filter")) return;
  const act = {j: () => step(1, ".agent > button"), k: () => step(-1, ".agent > button"),
    n: () => step(1, "#group-needs .agent > button"), "/": () => $("filter").focus(), "?": () => $("help").showModal()}[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});
$("keys").addEventListener("click", () => $("help").showModal());
$("filter").addEventListener("input", draw);

// The address that a message opens names a pane, and perhaps an option of its question. It is used once.
function goToNamed() {
  const named = new URLSearchParams(location.hash.slice(1)), pane = named.get("pane"), server = named.get("server");
  if (!pane || !status || !status.snapshot) return;
  history.replaceState(null, "", location.pathname);
  const a = [...agents.values()].find((one) => one.pane === pane && (!server || one.server_id === server));
  if (!a || !rows.has(keyOf(a))) return put($("missed"), "The agent of the message is gone.");
  put($("missed"), "");
  const key = keyOf(a), row = rows.get(key);
  if (open === key) closeScreen();
  toggle(key);
  row.item.scrollIntoView({block: "start"});
  row.button.focus({preventScroll: true});
  if (named.get("ask")) choose(row, named.get("ask"), Number(named.get("option")));
}

// ---- start ----

// The address of `tmux-orc page` carries a code behind the #, which no server and no log sees. It works once.
async function logIn() {
  const code = /^#login=([0-9a-f]+)$/.exec(location.hash);
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/api/v1/login", {method: "POST", credentials: "same-origin",
    headers: {"Content-Type": "application/json"}, body: JSON.stringify({code: code[1]})});
  if (!answer.ok) put($("login-problem"), "That address has been used, or is older than ten minutes.");
}

document.body.classList.add("page");
setInterval(() => { for (const [key, row] of rows) if (agents.has(key)) drawSince(agents.get(key), row); drawStale(); }, 1000);
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
window.addEventListener("hashchange", () => logIn().then(refresh));
logIn().catch(() => {}).then(refresh);
