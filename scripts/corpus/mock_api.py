#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mock model API on loopback: Anthropic Messages, OpenAI Responses, OpenAI Chat
Completions and Gemini generateContent, all streaming. scenes/scenes.json says what is
answered: the scene is the one whose keyword comes last in the last user prompt, and its
step is the number of tool rounds since. GET /_state tells how many answers are open, so
the recorder knows whether the agent is being served or not.

usage: mock_api.py PORT [LOGFILE]
"""
import itertools
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
SCENES = json.load(open(os.path.join(HERE, "scenes", "scenes.json")))
for name in ("daily.json", "corners.json", "shifts.json"):
    SCENES["scenes"].update(json.load(open(os.path.join(HERE, "scenes", name))))
LOG = open(sys.argv[2], "a") if len(sys.argv) > 2 else sys.stderr
STATE = {"open": 0, "seen": 0, "last": "", "said": [], "results": [], "flips": []}


def flip(kind, name):
    """When an answer began or ended, in ms since 1970."""
    if name != "side":
        STATE["flips"].append((kind, int(time.time() * 1000), name))
LOCK = threading.Lock()
ROUND = itertools.count()
IDS = itertools.count(1)

# how the agents name their tools
TOOLS = {
    "shell": ["Bash", "run_shell_command", "exec_command", "shell_command", "shell", "bash", "execute_bash", "run_commands", "Execute"],
    "edit": ["Write", "write_file", "apply_patch", "write", "create", "create_file", "editor", "Create"],
    "question": ["AskUserQuestion", "ask_user_question", "ask_user", "request_user_input", "question", "ask_question", "AskUser", "ask"],
    "todo": ["TodoWrite", "write_todos", "todo_write", "todowrite", "update_plan", "todos", "update_todo", "create_todo_list", "todo"],
    "plan": ["ExitPlanMode", "exit_plan_mode", "plan_exit"],
    "read": ["Read", "read_file", "read", "view"],
    "search": ["WebFetch", "web_fetch", "webfetch", "fetch", "fetch_url", "fetch_web_content", "FetchUrl"],
    "agent": ["Task", "Agent", "task", "agent", "spawn_agent", "invoke_agent"],
    "mcp": [],
    "patch": ["Edit", "replace", "edit", "str_replace", "string_replace", "str_replace_editor", "edit_file", "MultiEdit", "apply_patch"],
    "notebook": ["NotebookEdit"],
    "grep": ["Grep", "search_file_content", "grep_search", "grep", "rg", "Search", "search"],
    "find": ["WebSearch", "google_web_search", "web_search", "websearch"],
}


def fill(schema, root=None):
    """The smallest value that a JSON schema takes."""
    root = root or schema
    if "$ref" in schema:
        node = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            node = node[part]
        return fill(node, root)
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return fill(schema[key][0], root)
    kind = schema.get("type", "string")
    kind = (kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        props = schema.get("properties", {})
        return {k: fill(props[k], root) for k in schema.get("required", []) if k in props}
    return {"array": [], "boolean": False, "integer": 1, "number": 1}.get(kind, "step")


def one_question(part, item, schema, number):
    question = fill(item, schema)
    question["question"] = part["question"]
    for key, value in (("header", part["header"]), ("id", "q%d" % number)):
        if key in item.get("properties", {}):
            question[key] = value
    if "type" in item.get("properties", {}):
        question["type"] = "choice"
    for key in ("multiSelect", "multiple", "multi"):
        if key in item.get("properties", {}):
            question[key] = bool(part.get("multi"))
    question["options"] = [{"label": a, "description": b} for a, b in part["options"]]
    return question


def tool_call(part, offered, cwd):
    """(name, arguments) of the agent's own tool for a part such as {"tool": "shell", ...}"""
    name = next((n for n in TOOLS[part["tool"]] if n in offered), None)
    name = name or next((o for n in TOOLS[part["tool"]] for o in offered if o.endswith("\x1f" + n)), None)
    if part["tool"] == "mcp":  # each agent puts the server's name before it in its own way
        name = next((n for n in offered if part.get("name", "lookup_ticket") in n), None)
    if not name:
        print("no tool of kind %s among: %s" % (part["tool"], " ".join(sorted(offered))), file=LOG, flush=True)
        return None, None
    schema = offered[name] or {}
    props = schema.get("properties", {})
    args = fill(schema) if props else {}
    kind = part["tool"]
    if kind == "shell":
        key = next((k for k in ("cmd", "commands") if k in props), "command")
        array = props.get(key, {}).get("type") == "array"
        args[key] = [part["command"]] if key == "commands" else ["bash", "-lc", part["command"]] if array else part["command"]
        if "description" in props:
            args["description"] = part.get("description", "Run the command")
        for extra in ("sandbox_permissions", "justification", "run_in_background"):
            if extra in part and extra in props:
                args[extra] = part[extra]
        if "yield_time_ms" in props:
            args["yield_time_ms"] = 30000
    elif kind == "edit":
        if name == "apply_patch":
            body = "".join("+" + l + "\n" for l in part["content"].splitlines())
            return name, "*** Begin Patch\n*** Add File: %s\n%s*** End Patch\n" % (part["file"], body)
        full = os.path.join(cwd, part["file"])
        for key in ("file_path", "filePath", "filepath", "path", "absolute_path"):
            if key in props:
                args[key] = full
        args["file_text" if "file_text" in props else "content"] = part["content"]
    elif kind == "patch" and name == "apply_patch":
        lines = ["-" + l for l in part["old"].splitlines()] + ["+" + l for l in part["new"].splitlines()]
        return name, "*** Begin Patch\n*** Update File: %s\n@@\n%s\n*** End Patch\n" % (part["file"], "\n".join(lines))
    elif kind == "patch":
        full, pairs = os.path.join(cwd, part["file"]), {"old": part["old"], "new": part["new"]}
        for key in props:
            if key in ("file_path", "filePath", "filepath", "path", "absolute_path"):
                args[key] = full
            elif key.lower().replace("_", "") in ("oldstring", "oldstr", "oldtext"):
                args[key] = pairs["old"]
            elif key.lower().replace("_", "") in ("newstring", "newstr", "newtext"):
                args[key] = pairs["new"]
            elif key == "edits":
                item = props[key].get("items", {}).get("properties", {})
                args[key] = [{k: pairs["old" if "old" in k.lower() else "new"] for k in item if re.search("(?i)^(old|new)", k)}]
            elif key == "command" and name == "str_replace_editor":
                args[key] = "str_replace"
    elif kind == "notebook":
        args.update(notebook_path=os.path.join(cwd, part["file"]), new_source=part["source"], cell_id="b2", edit_mode="replace")
    elif kind == "grep":
        for key in ("pattern", "query", "regex"):
            if key in props:
                args[key] = part["pattern"]
    elif kind == "find":
        args["query"] = part["query"]
    elif kind == "read":
        for key in ("file_path", "filePath", "path", "absolute_path"):
            if key in props:
                args[key] = os.path.join(cwd, part["file"])
    elif kind == "question":
        options = part["options"]
        if "questions" in props:
            item = props["questions"].get("items", {})
            args["questions"] = [one_question(q, item, schema, number) for number, q in enumerate([part] + part.get("more", []), 1)]
        else:
            args["question"] = part["question"]
            if "choices" in props:
                args["choices"] = [a for a, _ in options]
            if props.get("options", {}).get("items", {}).get("type") == "object":
                args["options"] = [{"label": a, "description": b} for a, b in options]
    elif kind == "todo" and "op" in props:  # omp
        args.update(op="init", list=[{"phase": "Steps", "items": [text for text, _ in part["items"]]}])
    elif kind == "todo":
        key = next((k for k in ("todos", "plan") if k in props), None)
        item = props.get(key, {}).get("items", {})
        rows = []
        for number, (text, status) in enumerate(part["items"], 1):
            row = fill(item, schema)
            for k in ("content", "description", "step", "activeForm", "active_form", "title"):
                if k in item.get("properties", {}):
                    row[k] = text
            if "id" in item.get("properties", {}):
                row["id"] = str(number)
            row["status"] = status
            rows.append(row)
        args[key or "todos"] = "\n".join("- [%s] %s" % ("x" if s == "completed" else " ", t)
                                         for t, s in part["items"]) if not item else rows
    elif kind == "plan":
        for key in ("plan", "summary"):
            if key in props:
                args[key] = part["plan"]
        for key in ("plan_path", "plan_filename"):
            if key in props:
                args[key] = part.get("path", "plan.md")
    elif kind == "search":
        args["url"] = part["url"]
        if "prompt" in props:
            args["prompt"] = part["url"] + " sum it up"
    elif kind == "mcp":
        args.update(part["args"])
    elif kind == "agent":
        args["message" if "message" in props and "prompt" not in props else "prompt"] = part["prompt"]
        if "description" in props:
            args["description"] = part.get("description", "Look around")
        for key in ("subagent_type", "agent_type", "agent_name"):
            if key in props:
                args[key] = part.get("subagent", "general-purpose")
    return name, args


def texts(content):
    if isinstance(content, str):
        return content
    out = []
    for part in content or []:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, dict) and part.get("type") not in ("tool_result", "function_call_output"):
            out.append(part.get("text") or "")
    return "\n".join(out)


def turns(body):
    """[(role, text, tool results)] of a request in any of the dialects"""
    rows = []
    if "contents" in body:  # Gemini
        for m in body["contents"] if isinstance(body["contents"], list) else [body["contents"]]:
            parts = m.get("parts", [])
            rows.append((m.get("role", "user"), texts(parts), sum("functionResponse" in p for p in parts)))
        return rows
    for m in body.get("messages") or (body["input"] if isinstance(body.get("input"), list)
                                      else [{"role": "user", "content": body.get("input", "")}]):
        if m.get("type") in ("function_call_output", "custom_tool_call_output"):
            rows.append(("tool", "", 1))
        elif m.get("type") in ("function_call", "custom_tool_call"):
            rows.append(("call", "", 0))
        elif m.get("role") == "tool":
            rows.append(("tool", "", 1))
        elif m.get("role"):
            content = m.get("content")
            results = sum(isinstance(p, dict) and p.get("type") == "tool_result" for p in content or []) \
                if isinstance(content, list) else 0
            rows.append((m["role"], texts(content), results))
    return rows


def results(body):
    """What its tools have said so far, in any of the dialects."""
    out = []
    for m in body.get("contents") or []:
        out += [json.dumps(p["functionResponse"].get("response")) for p in m.get("parts", []) if "functionResponse" in p]
    for m in body.get("messages") or (body["input"] if isinstance(body.get("input"), list) else []):
        if m.get("type") in ("function_call_output", "custom_tool_call_output"):
            out.append(json.dumps(m.get("output")))
        elif m.get("role") == "tool":
            out.append(json.dumps(m.get("content")))
        elif isinstance(m.get("content"), list):
            out += [json.dumps(p.get("content")) for p in m["content"] if isinstance(p, dict) and p.get("type") == "tool_result"]
    return out


def offered_tools(body):
    out = {}
    for t in body.get("tools") or []:
        for f in t.get("functionDeclarations", []):
            out[f["name"]] = f.get("parametersJsonSchema") or f.get("parameters")
        for f in t.get("tools", []) if t.get("type") == "namespace" else []:  # Codex: the tools of one server
            out[t["name"] + "\x1f" + f["name"]] = f.get("parameters")
        if "function" in t:
            out[t["function"]["name"]] = t["function"].get("parameters")
        elif t.get("name"):
            out[t["name"]] = t.get("input_schema") or t.get("parameters")
    return out


def is_fit(part, tools):
    """Whether the agent has what a part comes before: a tool's name, or a kind of them."""
    before = part.get("before")
    return before is None or before in tools or any(name in tools for name in TOOLS.get(before, ()))


def pick(body):
    """(scene name, its parts) for a request"""
    whole = json.dumps(body.get("system") or body.get("systemInstruction") or body.get("instructions") or "")
    rows = turns(body)
    users = [(i, t) for i, (role, t, _) in enumerate(rows) if role == "user" and t.strip()]
    last = users[-1][1] if users else ""
    tools = offered_tools(body)
    if any(w in last for w in SCENES["compact_marks"]):
        return "compact", SCENES["scenes"]["compact"]["steps"][0]
    if not tools and re.search(r"(?i)state_snapshot|summari[sz]", whole[:3000] + last[-3000:]) and \
            not re.search(r"(?i)title|topic|50 characters", whole[:3000]):
        return "compact", SCENES["scenes"]["compact"]["steps"][0]
    if not tools:
        return "side", [{"text": "Tidy the greeting script"}]
    best = (-1, -1, "done")
    for name, scene in SCENES["scenes"].items():
        for word in scene.get("keys", []):
            for i, text in users:
                at = text.lower().rfind(word)
                if at >= 0:
                    best = max(best, (i, at, name))
    index, _, name = best
    rounds = sum(1 for role, _, results in rows[index + 1:] if results) if index >= 0 else 0
    if any(role == "tool" for role, _, _ in rows):  # OpenAI: one row per tool result, those of one step in a row
        roles = [role for role, _, _ in rows[index:]]
        rounds = sum(1 for before, role in zip(roles, roles[1:]) if role == "tool" and before != "tool")
    # Qwen overwrites no file that it has not read: a step that comes "before" a tool is for agents that have this one.
    steps = [s for s in SCENES["scenes"][name]["steps"] if all(is_fit(p, tools) for p in s)]
    return name, steps[min(rounds, len(steps) - 1)]


FAULTS = {"anthropic": lambda p: ({"type": "error", "error": {"type": p["kind"], "message": p["fault"]}}, "error"),
          "responses": lambda p: ({"type": "response.failed", "response": {"id": "resp_x", "status": "failed", "error": {"code": "server_is_overloaded", "message": p["fault"]}}}, "response.failed"),
          "chat": lambda p: ({"error": {"message": p["fault"], "type": p["kind"], "code": 529}}, None),
          "gemini": lambda p: ({"error": {"code": 503, "message": p["fault"], "status": "UNAVAILABLE"}}, None)}


class Dropped(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, obj, headers=()):
        data = json.dumps(obj).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for k, v in headers:
            self.send_header(k, str(v))
        self.end_headers()
        self.wfile.write(data)

    def do_HEAD(self):
        self.reply(200, {})

    def do_GET(self):
        if self.path == "/_state":
            return self.reply(200, STATE)
        if self.path.split("?")[0].endswith("/models"):
            return self.reply(200, {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "mock"} for name in ("mock-1", "granite-xl", "onyx-7")]})
        self.reply(404, {"error": {"message": "not found", "type": "not_found"}})

    # --- streaming ---
    def event(self, obj, name=None):
        with self.write_lock:
            data = ("event: %s\n" % name if name else "") + "data: " + (obj if isinstance(obj, str) else json.dumps(obj)) + "\n\n"
            raw = data.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
            self.wfile.flush()

    def hold(self, seconds):
        """Wait, noticing a client that hung up."""
        end = time.time() + seconds
        while time.time() < end:
            time.sleep(0.1)
            try:
                import select
                if select.select([self.connection], [], [], 0)[0] and not self.connection.recv(1, 2):  # MSG_PEEK
                    raise Dropped
            except (OSError, ValueError):
                raise Dropped

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("countTokens") or path.endswith("count_tokens"):
            return self.reply(200, {"totalTokens": 1200, "input_tokens": 1200})
        if "event_logging" in path or "telemetry" in path:
            return self.reply(200, {})
        self.write_lock = threading.Lock()
        name, parts = pick(body)
        if "flash-lite" in path:  # Gemini CLI's own summaries of earlier sessions
            name, parts = "side", [{"text": "Looked at the greeting script"}]
        main = name not in ("side",)
        print(time.strftime("%H:%M:%S"), path, name, "tools:%d" % len(offered_tools(body)), file=LOG, flush=True)
        if os.environ.get("MOCK_DUMP"):
            json.dump(body, open(os.environ["MOCK_DUMP"], "w"), indent=1)
        with LOCK:
            STATE["open"] += main
            STATE["seen"] += main
            flip("open", name)
            if main:
                said = [t for role, t, _ in turns(body) if role == "user" and t.strip()]
                STATE["said"] += [said[-1][-200:] if said else ""]
                STATE.update(last=name, results=[r[:2000] for r in results(body)])
        try:
            self.answer(path, body, name, parts)
        except (Dropped, BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with LOCK:
                STATE["open"] -= main
                flip("close", name)

    def answer(self, path, body, name, parts):
        if "generateContent" in path.lower() or "GenerateContent" in path:
            dialect = "gemini"
        elif path.endswith("/messages"):
            dialect = "anthropic"
        elif "/responses" in path:
            dialect = "responses"
        else:
            dialect = "chat"
        self.dialect, first = dialect, parts[0]
        self.tokens = next((p["tokens"] for p in parts if "tokens" in p), 1200)  # how full the context is said to be
        if "status" in first:
            self.hold(first.get("after", 0.3))
            return self.error(dialect, first)
        stream = body.get("stream", False) or "stream" in path
        config = body.get("generationConfig") or {}
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        if dialect == "responses" and path.endswith("/compact"):
            self.hold(parts[0].get("think", 0))
            return self.reply(200, {"output": [{"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "Summary: the greeting script was looked at."}]}]})
        if schema and dialect == "gemini":
            return self.reply(200, self.gemini_chunk([{"text": json.dumps(fill(schema))}], True))
        if not stream:
            for p in parts:
                self.hold(p.get("think", 0))
            text = " ".join(self.text_of(p) for p in parts if "text" in p) or "Done."
            return self.reply(200, self.whole(dialect, text))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        if dialect == "anthropic":
            for k, v in SCENES.get("anthropic_headers", {}).items():
                self.send_header(k, v)
        self.end_headers()
        getattr(self, "serve_" + dialect)(body, parts)
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def text_of(self, part):
        text = part["text"]
        return text[next(ROUND) % len(text)] if isinstance(text, list) else text

    def words(self, text, delay):
        for word in re.findall(r"\S+\s*|\s+", text):
            yield word
            if delay:
                self.hold(delay)

    def cwd(self, body):
        # The folder the agent says it runs in; the recorder's folders are all /srv/dev/work/X.
        found = re.findall(r"/srv/dev/work/[\w.-]+", json.dumps(body))
        return found[-1].rstrip(".") if found else "/srv/dev/work/demo"

    def part_for(self, body, part):
        # The file of a plan is where the agent wants it.
        found = re.findall(r"/srv/dev/home/[\w./-]+/plans/[\w.-]+\.md", json.dumps(body))
        return dict(part, file=found[-1]) if part.get("file") == "PLAN" and found else part

    def error(self, dialect, part):
        status, message = part["status"], part.get("message", "Internal server error")
        if "raw" in part:  # what stands in between answers, in its own words
            data = part["raw"].encode()
            self.send_response(status)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            return self.wfile.write(data)
        if dialect in ("chat", "responses"):
            status = part.get("openai_status", status)
        headers = [("retry-after", part["retry_after"])] if "retry_after" in part else []
        if dialect == "anthropic":
            for k, v in part.get("anthropic_headers", {}).items():
                headers.append((k, v))
            obj = {"type": "error", "error": {"type": part.get("anthropic_type", "api_error"), "message": message}}
        elif dialect == "gemini":
            obj = {"error": {"code": status, "message": message, "status": part.get("google_status", "INTERNAL"),
                             "details": part.get("google_details", [])}}
            if "gemini_status" in part:
                status = obj["error"]["code"] = part["gemini_status"]
        else:
            obj = {"error": {"message": message, "type": part.get("openai_type", "server_error"),
                             "code": part.get("openai_type"), "param": None}}
            obj["error"].update(part.get("openai_extra", {}))
        self.reply(status, obj, headers)

    def whole(self, dialect, text):
        if dialect == "gemini":
            return self.gemini_chunk([{"text": text}], True)
        if dialect == "anthropic":
            return {"id": "msg_1", "type": "message", "role": "assistant", "model": "mock-1", "stop_reason": "end_turn",
                    "stop_sequence": None, "content": [{"type": "text", "text": text}],
                    "usage": {"input_tokens": self.tokens, "output_tokens": 40}}
        if dialect == "responses":
            return {"id": "resp_1", "object": "response", "status": "completed", "output": [
                {"type": "message", "id": "m1", "role": "assistant", "status": "completed",
                 "content": [{"type": "output_text", "text": text, "annotations": []}]}],
                "usage": {"input_tokens": self.tokens, "output_tokens": 40, "total_tokens": self.tokens + 40}}
        return {"id": "c1", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": self.tokens, "completion_tokens": 40, "total_tokens": self.tokens + 40}}

    # --- one method per dialect ---
    def gemini_chunk(self, parts, last=False):
        candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
        if last:
            candidate["finishReason"] = "STOP"
        return {"candidates": [candidate], "modelVersion": "gemini-mock", "responseId": "r1",
                "usageMetadata": {"promptTokenCount": self.tokens, "candidatesTokenCount": 40, "totalTokenCount": self.tokens + 40}}

    def serve_gemini(self, body, parts):
        for p in parts:
            self.hold(p.get("think", 0))
            if "fault" in p:
                self.event(*FAULTS[self.dialect](p))
                return
            if "reason" in p:
                for i, line in enumerate(p["reason"]):
                    self.event(self.gemini_chunk([{"text": line, "thought": True}]))
                    self.hold(p.get("delay", 0))
            elif "text" in p:
                for word in self.words(self.text_of(p), p.get("delay", 0)):
                    self.event(self.gemini_chunk([{"text": word}]))
            elif "tool" in p:
                name, args = tool_call(self.part_for(body, p), offered_tools(body), self.cwd(body))
                if name:
                    self.event(self.gemini_chunk([{"functionCall": {"name": name, "args": args, "id": "call%d" % next(IDS)}}]))
            elif "drop" in p:
                self.connection.close()
                raise Dropped
        self.event(self.gemini_chunk([{"text": ""}], True))

    def serve_anthropic(self, body, parts):
        self.event({"type": "message_start", "message": {
            "id": "msg_%d" % next(IDS), "type": "message", "role": "assistant", "model": body.get("model"),
            "content": [], "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": self.tokens, "output_tokens": 1}}}, "message_start")
        index, stop, count = 0, "end_turn", 0
        for p in parts:
            self.hold(p.get("think", 0))
            if "fault" in p:
                self.event(*FAULTS[self.dialect](p))
                return
            if "drop" in p:
                self.connection.close()
                raise Dropped
            if "reason" in p:
                block, deltas = {"type": "thinking", "thinking": "", "signature": ""}, \
                    ({"type": "thinking_delta", "thinking": w} for l in p["reason"] for w in self.words(l + "\n", p.get("delay", 0) / 4))
            elif "text" in p:
                block, deltas = {"type": "text", "text": ""}, \
                    ({"type": "text_delta", "text": w} for w in self.words(self.text_of(p), p.get("delay", 0)))
            elif "tool" in p:
                name, args = tool_call(self.part_for(body, p), offered_tools(body), self.cwd(body))
                if not name:
                    continue
                block = {"type": "tool_use", "id": "toolu_%d" % next(IDS), "name": name, "input": {}}
                deltas, stop = [{"type": "input_json_delta", "partial_json": json.dumps(args)}], "tool_use"
            else:
                continue
            self.event({"type": "content_block_start", "index": index, "content_block": block}, "content_block_start")
            for d in deltas:
                count += 1
                self.event({"type": "content_block_delta", "index": index, "delta": d}, "content_block_delta")
            self.event({"type": "content_block_stop", "index": index}, "content_block_stop")
            index += 1
        self.event({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None},
                    "usage": {"output_tokens": count}}, "message_delta")
        self.event({"type": "message_stop"}, "message_stop")

    def serve_responses(self, body, parts):
        rid = "resp_%d" % next(IDS)
        base = {"id": rid, "object": "response", "status": "in_progress", "model": body.get("model"), "output": []}
        send = lambda kind, **kw: self.event(dict(kw, type=kind), kind)
        send("response.created", response=base)
        items = []
        for p in parts:
            self.hold(p.get("think", 0))
            if "fault" in p:
                self.event(*FAULTS[self.dialect](p))
                return
            index = len(items)
            if "drop" in p:
                self.connection.close()
                raise Dropped
            if "reason" in p:
                item = {"type": "reasoning", "id": "rs_%d" % next(IDS), "summary": []}
                send("response.output_item.added", output_index=index, item=item)
                text = "\n\n".join(p["reason"])
                send("response.reasoning_summary_part.added", item_id=item["id"], output_index=index, summary_index=0,
                     part={"type": "summary_text", "text": ""})
                for w in self.words(text, p.get("delay", 0) / 4):
                    send("response.reasoning_summary_text.delta", item_id=item["id"], output_index=index, summary_index=0, delta=w)
                item["summary"] = [{"type": "summary_text", "text": text}]
            elif "text" in p:
                item = {"type": "message", "id": "msg_%d" % next(IDS), "role": "assistant", "status": "in_progress", "content": []}
                send("response.output_item.added", output_index=index, item=item)
                send("response.content_part.added", item_id=item["id"], output_index=index, content_index=0,
                     part={"type": "output_text", "text": "", "annotations": []})
                text = ""
                for w in self.words(self.text_of(p), p.get("delay", 0)):
                    text += w
                    send("response.output_text.delta", item_id=item["id"], output_index=index, content_index=0, delta=w)
                send("response.output_text.done", item_id=item["id"], output_index=index, content_index=0, text=text)
                item = dict(item, status="completed", content=[{"type": "output_text", "text": text, "annotations": []}])
            elif "tool" in p:
                name, args = tool_call(self.part_for(body, p), offered_tools(body), self.cwd(body))
                if not name:
                    continue
                call = "call_%d" % next(IDS)
                if isinstance(args, str):
                    item = {"type": "custom_tool_call", "id": "ct_" + call, "call_id": call, "name": name, "input": args}
                else:
                    item = {"type": "function_call", "id": "fc_" + call, "call_id": call, "name": name,
                            "arguments": json.dumps(args), "status": "completed"}
                    if "\x1f" in name:
                        item["namespace"], item["name"] = name.split("\x1f")
                send("response.output_item.added", output_index=index, item=item)
            else:
                continue
            send("response.output_item.done", output_index=index, item=item)
            items.append(item)
        usage = {"input_tokens": self.tokens, "output_tokens": 40, "total_tokens": self.tokens + 40,
                 "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        send("response.completed", response=dict(base, status="completed", output=items, usage=usage))

    def serve_chat(self, body, parts):
        base = {"id": "chatcmpl-%d" % next(IDS), "object": "chat.completion.chunk", "created": int(time.time()), "model": body.get("model")}
        delta = lambda d, fin=None: self.event(dict(base, choices=[{"index": 0, "delta": d, "finish_reason": fin}]))
        delta({"role": "assistant", "content": ""})
        finish, tools = "stop", 0
        for p in parts:
            self.hold(p.get("think", 0))
            if "fault" in p:
                self.event(*FAULTS[self.dialect](p))
                return
            if "drop" in p:
                self.connection.close()
                raise Dropped
            if "reason" in p:
                for line in p["reason"]:
                    for w in self.words(line + "\n", p.get("delay", 0) / 4):
                        delta({"reasoning_content": w})
            elif "text" in p:
                for w in self.words(self.text_of(p), p.get("delay", 0)):
                    delta({"content": w})
            elif "tool" in p:
                name, args = tool_call(self.part_for(body, p), offered_tools(body), self.cwd(body))
                if name:
                    args = {"input": args} if isinstance(args, str) else args
                    delta({"tool_calls": [{"index": tools, "id": "call_%d" % next(IDS), "type": "function",
                                           "function": {"name": name, "arguments": json.dumps(args)}}]})
                    finish, tools = "tool_calls", tools + 1
        delta({}, finish)
        self.event(dict(base, choices=[], usage={"prompt_tokens": self.tokens, "completion_tokens": 40, "total_tokens": self.tokens + 40}))
        self.event("[DONE]")


if __name__ == "__main__":
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
