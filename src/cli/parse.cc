// SPDX-License-Identifier: Apache-2.0
#include "parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/text.h"

namespace orc::cli {
namespace {

const auto kAll = [](const CLI::App*) { return true; };

// How far the words led: the deepest command that they name, and the first word behind it that names none.
struct Reached {
  const CLI::App* app;
  std::string path, stray;
};

bool takes_value(const CLI::App* app, const std::string& word) {
  for (; app != nullptr; app = app->get_parent()) {
    if (const CLI::Option* option = app->get_option_no_throw(word))
      return option->get_items_expected_min() > 0;
  }
  return false;
}

Reached follow(const CLI::App& root, const std::vector<std::string>& words) {
  Reached r{&root, "", ""};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") break;
    if (words[i].starts_with('-')) {
      if (words[i].find('=') == std::string::npos && takes_value(r.app, words[i])) ++i;
      continue;
    }
    const CLI::App* below = nullptr;
    for (const CLI::App* sub : r.app->get_subcommands(kAll)) {
      if (sub->get_name() == words[i]) below = sub;
    }
    if (below == nullptr) {
      r.stray = words[i];
      break;
    }
    r.app = below;
    r.path += (r.path.empty() ? "" : " ") + words[i];
  }
  return r;
}

std::string command_list(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands(kAll)) {
    const std::string about = sub->get_description();
    out += fmt::format("  {:<20} {}\n", sub->get_name(), about.substr(0, about.find('\n')));
  }
  return out;
}

// "; did you mean `status`?", or nothing.
std::string meant(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean `{}`?", near);
}

std::string unknown_option(const Reached& r, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* app = r.app; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* o : app->get_options()) {
      for (const auto& name : o->get_lnames()) known.push_back(name);
    }
  }
  const std::string name = word.substr(0, word.find('='));
  const std::string bare = name.substr(std::min(name.size(), name.find_first_not_of('-')));
  const std::string near = nearest(bare, known);
  return fmt::format("{} has no option {}{}\n", r.path.empty() ? "tmux-orc" : "`" + r.path + "`", name,
                     near.empty() ? "" : fmt::format("; did you mean `--{}`?", near));
}

std::string unknown_command(const Reached& r) {
  std::vector<std::string> known;
  for (const CLI::App* sub : r.app->get_subcommands(kAll)) known.push_back(sub->get_name());
  const std::string within = r.path.empty() ? "" : fmt::format(" of `{}`", r.path);
  std::string out =
      fmt::format("\"{}\" is no command{}{}\n", printable(r.stray), within, meant(r.stray, known));
  if (!r.path.empty()) out += command_list(*r.app);
  return out;
}

}  // namespace

std::vector<std::string> with_help_command(std::vector<std::string> words) {
  if (words.empty() || words.front() != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

std::string unknown_topic(const CLI::App& app, const std::vector<std::string>& words) {
  const Reached r = follow(app, words);
  return r.stray.empty() ? "" : unknown_command(r);
}

std::string chosen_command(const CLI::App& app) {
  std::string path;
  for (const CLI::App* at = &app;;) {
    const auto chosen = at->get_subcommands();
    if (chosen.empty()) return path;
    at = chosen.front();
    path += (path.empty() ? "" : " ") + at->get_name();
  }
}

std::string parse_problem(const CLI::App& app, const std::vector<std::string>& words,
                          const CLI::ParseError& error) {
  const Reached r = follow(app, words);
  const bool has_commands = !r.app->get_subcommands(kAll).empty();
  if (has_commands && !r.stray.empty()) return unknown_command(r);
  if (has_commands && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
    return fmt::format("{} wants one of these commands:\n{}",
                       r.path.empty() ? "tmux-orc" : "`" + r.path + "`", command_list(*r.app));
  }
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    for (const std::string& word : words) {
      const std::string name = word.substr(0, word.find('='));
      bool known = !word.starts_with('-');
      for (const CLI::App* at = r.app; at != nullptr && !known; at = at->get_parent())
        known = at->get_option_no_throw(name) != nullptr;
      if (!known) return unknown_option(r, word);
    }
  }
  return fmt::format("{}\n", error.what());
}

}  // namespace orc::cli
