// SPDX-License-Identifier: Apache-2.0
// tmux-orc completion, tmux-orc man: both made from the command line's own definition, so that they cannot
// lag behind.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command.h"
#include "tmux_orc/base/text.h"
#include "version.h"

namespace orc::cli {
namespace {

struct CommandInfo {
  std::string path;  // "monitor start"; "" for the program itself
  const CLI::App* app = nullptr;
};

void collect(const CLI::App& app, const std::string& path, std::vector<CommandInfo>& out) {
  out.push_back({path, &app});
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
  }
}

std::vector<const CLI::Option*> visible_options(const CLI::App& app) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* o : app.get_options()) {
    if (!o->get_group().empty() && !o->get_positional()) out.push_back(o);
  }
  return out;
}

// "-v", "--verbose" of an option.
std::vector<std::string> flags_of(const CLI::Option& o) {
  std::vector<std::string> out;
  for (const auto& s : o.get_snames()) out.push_back("-" + s);
  for (const auto& l : o.get_lnames()) out.push_back("--" + l);
  return out;
}

// The words that can stand behind a command: its subcommands and options, and the global ones.
std::string words_after(const CommandInfo& c, const CLI::App& root) {
  std::vector<std::string> words;
  for (const CLI::App* sub : c.app->get_subcommands([](const CLI::App*) { return true; }))
    words.push_back(sub->get_name());
  for (const CLI::App* app = c.app; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* o : visible_options(*app)) {
      for (std::string& f : flags_of(*o)) words.push_back(std::move(f));
    }
    if (app == &root) break;
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string bash_script(const CLI::App& root, const std::vector<CommandInfo>& commands) {
  std::string cases;
  for (const CommandInfo& c : commands)
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", c.path, words_after(c, root));
  return "# bash completion of tmux-orc: tmux-orc completion bash > "
         "~/.local/share/bash-completion/completions/tmux-orc\n"
         "_tmux_orc() {\n"
         "  local word path='' words='' i known\n"
         "  known=' " +
         [&] {
           std::string all;
           for (const CommandInfo& c : commands) all += c.path.empty() ? "" : "|" + c.path + "|";
           return all;
         }() +
         " '\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    [[ $known == *\"|${path:+$path }$word|\"* ]] && path=\"${path:+$path }$word\"\n"
         "  done\n"
         "  case $path in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _tmux_orc tmux-orc\n";
}

std::string zsh_script(const CLI::App& root, const std::vector<CommandInfo>& commands) {
  return "#compdef tmux-orc\n# zsh completion of tmux-orc: tmux-orc completion zsh > "
         "\"${fpath[1]}/_tmux-orc\"\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(root, commands) +
         // From fpath the file is the function's body, run at the first Tab: that one wants its words too.
         "[[ ${funcstack[1]-} != _tmux-orc ]] || _bash_complete -o default -F _tmux_orc\n";
}

std::string fish_quote(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return "'" + out + "'";
}

std::string fish_script(const std::vector<CommandInfo>& commands) {
  std::string out =
      "# fish completion of tmux-orc: tmux-orc completion fish > ~/.config/fish/completions/tmux-orc.fish\n";
  for (const CommandInfo& c : commands) {
    std::string condition = "__fish_use_subcommand";
    if (!c.path.empty()) {
      condition.clear();
      std::size_t at = 0;
      for (std::size_t space = 0; space != std::string::npos; at = space + 1) {
        space = c.path.find(' ', at);
        condition += (condition.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") +
                     c.path.substr(at, space - at);
      }
    }
    const std::string head = fmt::format("complete -c tmux-orc -n {} ", fish_quote(condition));
    for (const CLI::App* sub : c.app->get_subcommands([](const CLI::App*) { return true; })) {
      out += fmt::format("{}-f -a {} -d {}\n", head, sub->get_name(), fish_quote(sub->get_description()));
    }
    for (const CLI::Option* o : visible_options(*c.app)) {
      std::string names;
      for (const auto& s : o->get_snames()) names += " -s " + s;
      for (const auto& l : o->get_lnames()) names += " -l " + l;
      out += fmt::format("complete -c tmux-orc{}{}{} -d {}\n",
                         c.path.empty() ? "" : " -n " + fish_quote(condition), names,
                         o->get_items_expected_max() > 0 ? " -r" : "", fish_quote(o->get_description()));
    }
  }
  return out;
}

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    if (c == '\n' && &c != &text.back()) out += ".br\n";
  }
  return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

std::string option_roff(const CLI::Option& o) {
  std::string names = fmt::format("{}", fmt::join(flags_of(o), ", "));
  if (o.get_items_expected_max() > 0) names += " " + o.get_type_name();
  return fmt::format(".TP\n.B {}\n{}\n", roff(names), roff(o.get_description()));
}

std::string man_page(const CLI::App& root, const std::vector<CommandInfo>& commands) {
  const std::string version = version_text().substr(0, version_text().find(" (commit"));
  std::string out =
      fmt::format(".TH TMUX\\-ORC 1 \"\" \"{}\" \"User Commands\"\n.SH NAME\ntmux\\-orc \\- {}\n", version,
                  roff("monitor for AI coding agents that run in tmux"));
  out += ".SH SYNOPSIS\n.B tmux\\-orc\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n";
  out += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", roff(root.get_description()));
  for (const CLI::Option* o : visible_options(root)) out += option_roff(*o);
  out += ".SH COMMANDS\n";
  for (const CommandInfo& c : commands) {
    if (c.path.empty()) continue;
    out += fmt::format(".SS {}\n{}\n", roff(c.path), roff(c.app->get_description()));
    for (const CLI::Option* o : c.app->get_options()) {
      if (o->get_positional() && !o->get_group().empty())
        out += fmt::format(".TP\n.I {}\n{}\n", roff(o->get_type_name()), roff(o->get_description()));
    }
    for (const CLI::Option* o : visible_options(*c.app)) {
      if (o->get_lnames().empty() || o->get_lnames()[0] != "help") out += option_roff(*o);
    }
    if (!c.app->get_footer().empty()) out += ".P\n" + roff(c.app->get_footer()) + "\n";
  }
  out +=
      ".SH FILES\n.TP\n.I ~/.tmux\\-orchestrator/config.yaml\nThe configuration.\n"
      ".TP\n.I ~/.tmux\\-orchestrator/agents/\nRules of one's own.\n"
      ".TP\n.I ~/.tmux\\-orchestrator/run/NAME/api.sock\nThe control API of environment NAME.\n"
      ".TP\n.I ~/.tmux\\-orchestrator/logs/NAME.log\nIts log.\n"
      ".SH ENVIRONMENT\n.TP\n.B TMUX_ORC_CONFIG, TMUX_ORC_ENV, TMUX_ORC_LOG_LEVEL, TMUX_ORC_PERF_MONITORING\n"
      "Configuration file, environment, log level, a log line a round.\n"
      ".TP\n.B TMUX_ORC_ASYNC_DISABLED, TMUX_ORC_FORCE_SYNC\nEither forces the sync path, whatever else "
      "says.\n"
      ".TP\n.B TMUX_ORC_ASYNC_ROLLOUT, TMUX_ORC_POOL_SIZE, TMUX_ORC_CACHE_TTL\nOverride these settings.\n"
      ".TP\n.B NO_COLOR\nNo colours.\n.SH SEE ALSO\n.BR tmux (1)\n";
  return out;
}

void add_completion(CLI::App& app, Globals&, Action& action) {
  auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "Print the shell completion");
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Exit code: 0.\nExample: source <(tmux-orc completion bash)");
  completion->callback([shell, &app, &action] {
    action = [shell, &app] {
      std::vector<CommandInfo> commands;
      collect(app, "", commands);
      fmt::print("{}", *shell == "bash"  ? bash_script(app, commands)
                       : *shell == "zsh" ? zsh_script(app, commands)
                                         : fish_script(commands));
      return kOk;
    };
  });
  auto* man = app.add_subcommand("man", "Print the manual page");
  man->footer("Exit code: 0.\nExample: tmux-orc man > tmux-orc.1 && man ./tmux-orc.1");
  man->callback([&app, &action] {
    action = [&app] {
      std::vector<CommandInfo> commands;
      collect(app, "", commands);
      fmt::print("{}", man_page(app, commands));
      return kOk;
    };
  });
}

const Registration kCompletion(170, add_completion,
                               {{"completion", kNoServer | kNoJson}, {"man", kNoServer | kNoJson}});

}  // namespace
}  // namespace orc::cli
