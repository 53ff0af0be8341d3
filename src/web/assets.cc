// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/web/assets.h"

#include <fmt/format.h>

#include <utility>

#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "web_files.h"

namespace orc {
namespace {

std::string_view type_of(std::string_view name) {
  struct Type {
    std::string_view ending, type;
  };
  static constexpr Type kTypes[] = {{".html", "text/html; charset=utf-8"},
                                    {".js", "text/javascript; charset=utf-8"},
                                    {".css", "text/css; charset=utf-8"},
                                    {".svg", "image/svg+xml"},
                                    {".png", "image/png"},
                                    {".webmanifest", "application/manifest+json"},
                                    {".yaml", "application/yaml"}};
  for (const Type& t : kTypes)
    if (name.ends_with(t.ending)) return t.type;
  return "application/octet-stream";
}

std::string path_of(std::string_view name) {
  if (name == "index.html") return "/";
  return (name == "openapi.yaml" ? "/api/v1/" : "/") + std::string(name);
}

// Variables for the two schemes, and for each state a class that sets --c and --sign.
std::string state_colours() {
  std::string light, dark, classes;
  for (const StateStyle& s : kStateStyles) {
    const auto name = to_string(s.state);
    light += fmt::format("--{}:{};", name, s.light);
    dark += fmt::format("--{}:{};", name, s.dark);
    classes += fmt::format(".s-{0}{{--c:var(--{0});--sign:\"{1}\"}}\n", name, s.sign);
  }
  return fmt::format(":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{}", light,
                     dark, classes);
}

std::vector<WebAsset> make_assets() {
  std::vector<WebAsset> assets;
  for (const EmbeddedFile& file : embedded_web_files()) {
    WebAsset a{path_of(file.name), std::string(type_of(file.name)), std::string(file.text), ""};
    if (a.path == "/style.css") a.body.insert(0, state_colours());
    a.etag = fmt::format("\"{:016x}\"", fnv1a(a.body));
    assets.push_back(std::move(a));
  }
  return assets;
}

}  // namespace

const std::vector<WebAsset>& web_assets() {
  static const std::vector<WebAsset> kAssets = make_assets();
  return kAssets;
}

const std::string& style_sheet() {
  static const std::string kSheet = [] {
    for (const WebAsset& a : web_assets())
      if (a.path == "/style.css") return a.body;
    return std::string();
  }();
  return kSheet;
}

}  // namespace orc
