// SPDX-License-Identifier: Apache-2.0
#include "json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr int kDeepest = 64;
constexpr std::string_view kBlank = " \t\r\n";

class Reader {
 public:
  explicit Reader(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  Result<JsonNode> document() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    JsonNode root;
    if (!skip() || !value(root, 0) || !skip() || at_ < text_.size())
      return fail(ErrorKind::kInvalid, fmt::format("no JSON in line {}", line()));
    return root;
  }

  // Where the next thing stands that is neither blank nor comment.
  std::size_t next() {
    skip();
    return at_;
  }

 private:
  std::size_t line() const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
    return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
  }
  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  // Blanks and comments. False: a comment without an end.
  bool skip() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return false;
        at_ = end + 2;
      } else {
        return true;
      }
    }
  }

  bool string(std::string& out) {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    ++at_;
    const auto parsed = ordered_json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (!parsed.is_string()) return false;
    out = parsed.get<std::string>();
    return true;
  }

  bool other() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(" \t\r\n,]}/", at_), text_.size());
    return ordered_json::accept(text_.substr(begin, at_ - begin));
  }

  bool children(JsonNode& node, int depth) {
    const bool is_object = node.kind == JsonNode::Kind::kObject;
    const char close = is_object ? '}' : ']';
    ++at_;
    for (;;) {
      if (!skip()) return false;
      if (is_at(close)) break;
      node.starts.push_back(at_);
      if (is_object) {
        std::string key;
        if (!is_at('"') || !string(key) || !skip() || !is_at(':')) return false;
        ++at_;
        node.keys.push_back(std::move(key));
        if (!skip()) return false;
      }
      if (!value(node.children.emplace_back(), depth + 1) || !skip()) return false;
      if (is_at(',')) {
        ++at_;
      } else if (!is_at(close)) {
        return false;
      }
    }
    ++at_;
    return true;
  }

  bool value(JsonNode& node, int depth) {
    if (at_ >= text_.size() || depth > kDeepest) return false;
    node.begin = at_;
    bool good = false;
    if (is_at('{') || is_at('[')) {
      node.kind = is_at('{') ? JsonNode::Kind::kObject : JsonNode::Kind::kArray;
      good = children(node, depth);
    } else if (is_at('"')) {
      node.kind = JsonNode::Kind::kString;
      good = string(node.text);
    } else {
      good = other();
    }
    node.end = at_;
    return good;
  }

  const std::string_view text_;
  std::size_t at_;
};

// The blanks that the line of this place begins with.
std::string indent_at(const std::string& text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  return text.substr(begin, std::min(text.find_first_not_of(" \t", begin), text.size()) - begin);
}

bool begins_its_line(const std::string& text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string::npos : text.find_last_not_of(" \t", at - 1);
  return before == std::string::npos || text[before] == '\n';
}

bool has_lines(const std::string& text, const JsonNode& node) {
  return text.find('\n', node.begin) < node.end;
}

// Whether what is added gets lines of its own: as the rest of the container, or of the document, has it.
bool is_in_lines(const std::string& text, const JsonNode& container) {
  if (!container.children.empty()) return has_lines(text, container);
  const std::string_view all = trim(text);
  return all.find('\n') != std::string_view::npos || all.size() == container.end - container.begin;
}

// One step to the right, as the document has it: its first line that is not at the margin.
std::string step_of(const std::string& text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    const std::string indent = indent_at(text, at + 1);
    if (!indent.empty() && at + 1 + indent.size() < text.size() && text[at + 1 + indent.size()] != '\n')
      return indent;
  }
  return "  ";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// The value in lines of their own, those behind the first with `indent`.
std::string in_lines(const ordered_json& value, const std::string& step, const std::string& indent) {
  const bool tabs = step.front() == '\t';
  return replaced(value.dump(static_cast<int>(step.size()), tabs ? '\t' : ' '), "\n", "\n" + indent);
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &children[static_cast<std::size_t>(found - keys.begin())];
}

Result<JsonNode> read_json_text(std::string_view document) { return Reader(document).document(); }

std::string with_child(const std::string& document, const JsonNode& container, std::string_view key,
                       const ordered_json& value) {
  const bool is_object = container.kind == JsonNode::Kind::kObject;
  const std::string name = is_object ? ordered_json(key).dump() + ": " : "";
  const bool is_empty = container.children.empty();
  std::string out = document;
  if (!is_in_lines(document, container))
    return out.insert(is_empty ? container.begin + 1 : container.children.back().end,
                      (is_empty ? "" : ", ") + name + value.dump());
  const std::string step = step_of(document);
  const std::string outer = indent_at(document, container.begin);
  const bool as_first = !is_empty && begins_its_line(document, container.starts.front());
  const std::string inner = as_first ? indent_at(document, container.starts.front()) : outer + step;
  std::string added = (is_empty ? "\n" : ",\n") + inner + name + in_lines(value, step, inner);
  if (is_empty && !has_lines(document, container)) added += "\n" + outer;
  if (document.find("\r\n") != std::string::npos) added = replaced(added, "\n", "\r\n");
  return out.insert(is_empty ? container.begin + 1 : container.children.back().end, added);
}

std::string without_child(const std::string& document, const JsonNode& container, std::size_t index) {
  const std::size_t last = container.children.size() - 1;
  std::size_t from = container.starts[index], to = container.children[index].end;
  std::string out = document;
  if (index > 0) {
    from = container.children[index - 1].end;  // its comma goes along
  } else if (last > 0) {
    to = container.starts[1];
  } else {
    const std::size_t comma = Reader(out, to).next();
    if (out[comma] == ',') out.erase(comma, 1);
    const std::size_t before = out.find_last_not_of(kBlank, from - 1);
    // Behind a comment its line's end stays, or what follows would be in it.
    if (before == container.begin) from = before + 1;
    const std::size_t next = out.find_first_not_of(kBlank, to);
    if ((out[next] == '}' || out[next] == ']') && from == container.begin + 1)
      to = next;  // nothing else is in it
  }
  return out.erase(from, to - from);
}

}  // namespace orc
