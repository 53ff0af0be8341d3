// SPDX-License-Identifier: Apache-2.0
// The page: GET /api/v1/status says how things stand, GET /api/v1/events what changes. Whatever comes from a pane is
// put into the document as text, never as markup.
"use strict";
const $ = (id) => document.getElementById(id);
const REFRESH_MS = 15000;   // titles and figures change without an event
const SCREEN_MS = 2000;     // an open screen is looked at again
const MOST_CHANGES = 100;
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
    await showToday();
  } catch (e) { drawStale(); }
}

async function showToday() {
  const t = await get("/api/v1/today");
  if (t.pending) { setTimeout(() => showToday().catch(() => {}), 500); return; }
  $("today-section").hidden = !t.recorded;
  if (!t.recorded) return;
  const pairs = [["Waits for a person", String(t.waits)], ["Waited in all", length(t.waited_ms)],
    ["Longest wait", t.waits ? length(t.longest_ms) : "none"], ["At work", length(t.worked_ms)]];
  $("today").replaceChildren(...pairs.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
}

function listen() {
  source = new EventSource("/api/v1/events");
  source.onopen = () => { if (!listening) { listening = true; if (heard < Date.now() - 1000) refresh(); } heard = Date.now(); drawStale(); };
  source.onerror = () => {
    listening = false;
    drawStale();
    // A refused stream is not tried again by the browser.
    if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(refresh, 5000); }
  };
  source.addEventListener("transition", (e) => take(JSON.parse(e.data)));
  source.addEventListener("lost", refresh);
}

function take(t) {
  heard = Date.now();
  const key = keyOf(t);
  if (t.gone) agents.delete(key);
  else agents.set(key, {...(agents.get(key) || {}), ...t, ...t.to, since_ms: t.at_ms, since_exact: true, resets_at_ms: 0,
    done: t.from.state === "working" && t.to.state === "idle", stuck: false});
  addChange(t);
  draw();
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
  return rank(a) - rank(b) || a.since_ms - b.since_ms || a.target.localeCompare(b.target);
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
    if (!listening && silent > 1) text = "No connection to the monitor. What is shown is " + length(silent * 1000) + " old; trying again.";
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
  row.look.append(row.asks, row.screen, row.hint);
  drawAsks(a, row);
  row.item.append(row.look);
  row.button.setAttribute("aria-expanded", "true");
  showScreen(key);
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

// The address that a message opens names a pane: it is shown once.
function goToNamed() {
  const named = /^#pane=(?:%25|%)([0-9]+)$/.exec(location.hash);
  if (!named) return;
  history.replaceState(null, "", location.pathname);
  const a = [...agents.values()].find((one) => one.pane === "%" + named[1]);
  if (!a || !rows.has(keyOf(a))) return;
  if (open !== keyOf(a)) toggle(keyOf(a));
  rows.get(keyOf(a)).button.focus();
  rows.get(keyOf(a)).item.scrollIntoView({block: "start"});
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
