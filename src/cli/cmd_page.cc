// SPDX-License-Identifier: Apache-2.0
// tmux-orc page: the address of the monitor's page with a login that works once, as a QR code too; a new
// token.
#include <fcntl.h>
#include <fmt/format.h>
#include <qrencode.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "command.h"
#include "other_monitors.h"
#include "setup.h"
#include "terminal.h"
#include "tmux_orc/api/api_client.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct PageOptions {
  bool qr = false, new_token = false, no_open = false;
};

Result<nlohmann::ordered_json> ask(const Globals& globals, const std::string& route) {
  ORC_TRY(paths, paths_of(globals));
  const auto reply = api_request(paths->api_socket(), "POST", route, std::chrono::seconds(5));
  if (!reply) return tl::unexpected(no_answer(*paths, reply.error()));
  ORC_TRY(body, parse_json(reply->body));
  if (reply->status != 200)
    return fail(ErrorKind::kInvalid, printable(body->value("error", std::string("refused"))));
  return body;
}

std::string address_of(const nlohmann::ordered_json& link) {
  std::string url = link.value("page_url", std::string());
  if (url.empty()) url = "http://" + link.value("listen", std::string()) + "/";
  if (!url.ends_with('/')) url += '/';
  const std::string code = link.value("code", std::string());
  return code.empty() ? url : url + "#login=" + code;
}

// Whether a browser that is started here is one that the person at this terminal sees.
bool is_at_a_desktop() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) && !is_set("SSH_CONNECTION") &&
         ::isatty(STDOUT_FILENO) == 1;
}

// By a file of ours that leads there: as an argument the login's code could be read by every user, in the
// list of processes. Nobody waits for the browser, and who has none has the printed address.
void open_in_browser(const std::string& url, const std::string& file) {
  const std::string to = escape_markup(url);
  const std::string page = fmt::format(
      "<!doctype html><meta charset='utf-8'><meta http-equiv='refresh' content='0;url={0}'><title>tmux-orc"
      "</title><a href='{0}'>tmux-orc</a>\n",
      to);
  if (!write_file_atomically(file, page, true)) return;
  static_cast<void>(start_program({.argv = {"xdg-open", file},
                                   .given = {{STDIN_FILENO, -1, "/dev/null", O_RDONLY},
                                             {STDOUT_FILENO, -1, "/dev/null", O_WRONLY},
                                             {STDERR_FILENO, -1, "/dev/null", O_WRONLY}},
                                   .closes_others = true,
                                   .group = Program::Group::kOwnSession}));
}

// Two rows a line, dark on light whatever the terminal's colours are, with the quiet zone that readers want.
Result<std::string> qr_text(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), QRcode_free);
  if (!code) return fail(ErrorKind::kInvalid, "this address is too long for a QR code");
  const int width = code->width, quiet = 4;
  const auto dark = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < width && (code->data[y * width + x] & 1) != 0;
  };
  std::string out;
  for (int y = -quiet; y < width + quiet; y += 2) {
    out += "\x1b[30;107m";
    for (int x = -quiet; x < width + quiet; ++x)
      out += dark(x, y) ? (dark(x, y + 1) ? "█" : "▀") : (dark(x, y + 1) ? "▄" : " ");
    out += "\x1b[0m\n";
  }
  return out;
}

int run(const Globals& globals, const PageOptions& o) {
  if (o.new_token) {
    const auto done = ask(globals, "/api/v1/token");
    if (!done) return report(done.error());
    to_stderr(fmt::format("A new token is in {}: every login and every program with the old one has ended.",
                          printable(done->value("file", std::string()))));
  }
  const auto link = ask(globals, "/api/v1/login-links");
  if (!link) return report(link.error());
  if (link->value("listen", std::string()).empty())
    return report({ErrorKind::kUnavailable,
                   "the page wants a TCP address: `tmux-orc config set api.listen 127.0.0.1:9464` and "
                   "`tmux-orc monitor restart`"});
  const std::string url = address_of(*link);
  if (globals.json) {
    fmt::print("{}\n", dump({{"url", url}, {"once", !link->value("code", std::string()).empty()}}, 2));
    return kOk;
  }
  if (o.qr) {
    const auto picture = qr_text(url);
    if (!picture) return report(picture.error());
    fmt::print("{}", *picture);
  }
  fmt::print("{}\n", url);
  if (o.qr && link->value("page_url", std::string()).empty() &&
      is_loopback_host(link->value("listen", std::string())))
    to_stderr(
        "A phone cannot reach that address: see `From elsewhere` in docs/page.md, and "
        "api.page_url.");
  const auto paths = paths_of(globals);
  if (!o.qr && !o.no_open && paths && is_at_a_desktop()) open_in_browser(url, paths->root + "/page.html");
  return kOk;
}

void add_page(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<PageOptions>();
  auto* sub = app.add_subcommand(
      "page", "The address of the page, with a login that works once; opens it on a desktop");
  sub->add_flag("--qr", o->qr, "draw it as a QR code, for a phone");
  sub->add_flag("--no-open", o->no_open, "only print it, also where there is a desktop");
  sub->add_flag("--new-token", o->new_token, "make a new token first: ends all logins");
  sub->footer("Example: tmux-orc page --qr");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *o); }; });
}

const Registration kPage(75, add_page, {{"page", kNoServer}});

}  // namespace
}  // namespace orc::cli
