// SPDX-License-Identifier: Apache-2.0
// The fuzz entries over some thousand random and mutated inputs, the same in every run (others, and as many
// as you like: ORC_FUZZ_SEED, ORC_FUZZ_INPUTS): what a build without libFuzzer can check. A broken promise
// aborts; ctest runs each test in a process of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "entries.h"
#include "protocol.h"
#include "tmux_orc/capture/framer.h"
#include "tmux_orc/discover/discover.h"

namespace orc::fuzz {
namespace {

constexpr unsigned kInputs = 4000;

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    if (below(4) == 0) return random_bytes(below(300));
    std::string text = seeds_[below(seeds_.size())];
    for (std::size_t n = 1 + below(4); n > 0; --n) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::string random_bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(below(256));
    return out;
  }
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, random_bytes(1 + below(8)));
        break;
      case 1:
        text.erase(at, 1 + below(20));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, kNonce);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size() + 1), below(60)));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }
  std::vector<std::string> seeds_;
  std::mt19937 random_{number_of("ORC_FUZZ_SEED", 20260101)};
};

// What libFuzzer found worth keeping for an entry.
std::vector<std::string> kept(const std::string& name) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::string(ORC_CORPORA) + "/" + name))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

void run(const std::string& name, void (*entry)(std::string_view), std::vector<std::string> seeds,
         unsigned inputs = kInputs) {
  for (std::string& file : kept(name)) seeds.push_back(std::move(file));
  for (const std::string& seed : seeds) entry(seed);
  Mutator mutator(std::move(seeds));
  const unsigned most = number_of("ORC_FUZZ_INPUTS", inputs);
  for (unsigned i = 0; i < most; ++i) entry(mutator.next());
}

TEST(Fuzz, DecodeMessages) {
  std::vector<std::string> seeds = {""};
  for (const auto layout : {protocol::Layout::kShortLength, protocol::Layout::kLongLength}) {
    seeds.push_back(protocol::encode_identify(layout, 7));
    seeds.push_back(protocol::encode_frame(layout, protocol::kWrite, std::string(400, 'x'), 7) +
                    protocol::encode_frame(layout, protocol::kExit, std::string(4, '\0'), 7));
    seeds.push_back(
        protocol::encode_frame(layout, protocol::kWrite, std::string(protocol::kMaxPayload + 1, 'x'), 7));
  }
  run("decode_messages", decode_messages, std::move(seeds));
}

TEST(Fuzz, EditHooks) { run("edit_hooks", edit_hooks, {"", "{}", "{\n}\n"}); }

TEST(Fuzz, FrameCaptures) {
  const std::string nonce(kNonce);
  run("frame_captures", frame_captures,
      {"", "a\nb\nc\nd\ne\nf\ng\n" + nonce + " end\n",
       nonce + " %1 3\na\nb\nc\n" + nonce + " %2 5\nd\ne\nf\n" + nonce + " %3 1\ng\n" + nonce + " end\n",
       nonce + "  \n" + nonce + " %2 4\nd\ne\n" + nonce + " %3 2\n" + nonce + " end\n"});
}

TEST(Fuzz, ReadListing) {
  const std::string n(kNonce), header = n + "4321 1700000000 1700000009 3.3a" + n + "\n";
  run("read_listing", read_listing, {"", header, header + end_mark(n) + "\n", header + n + n + "\n"});
}

// A seed that the layout left behind ends at the header, and with it all that is made from it.
TEST(Fuzz, TheSeedsAreWhatIsRead) {
  std::size_t named = 0, plain = 0;
  for (const std::string& seed : kept("read_listing")) {
    named += parse_listing(seed, std::string(kNonce), true).panes.size();
    plain += parse_listing(seed, std::string(kNonce), false).panes.size();
  }
  EXPECT_EQ(named, 2u);
  EXPECT_EQ(plain, 2u);
}

TEST(Fuzz, ReadConfig) { run("read_config", read_config, {""}, 1000); }

TEST(Fuzz, ReadReset) {
  run("read_reset", read_reset,
      {"", "Usage limit reached. resets 3pm (Europe/Berlin)", "try again in 2h 5m",
       "resets tomorrow at 9:30 AM GMT+1", "Retry-After: 120", "limit reached|1795528800", "in 2h 5m",
       "at Nov 27, 3:05pm PST"});
}

TEST(Fuzz, ReadRules) { run("read_rules", read_rules, {""}, 500); }

// Each look at one is a classifier's four, so fewer.
TEST(Fuzz, ReadScreen) { run("read_screen", read_screen, {""}, 500); }

TEST(Fuzz, ReadSession) { run("read_session", read_session, {""}); }

TEST(Fuzz, ServeHttp) {
  const auto with = [](char first, const std::string& text) { return first + text; };
  const std::string chunked = "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  run("serve_http", serve_http,
      {"", with(3, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
       with(0, "GET /?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n"),
       with(1, "GET / HTTP/1.1\r\nAuthorization: Bearer a token of ours\r\n\r\n"),
       with(char(130), "GET /e HTTP/1.1\r\nLast-Event-ID: 7\r\n\r\n"),
       with(char(66), "POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
       with(2, "POST /b HTTP/1.1\r\nContent-Length: 99999\r\n\r\n" + std::string(3000, 'x')),
       // A trailer of more than 65533 bytes made Beast throw; extensions and trailers had no bound.
       with(2, chunked + "0\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
       with(char(200), chunked + "5;" + std::string(300'000, 'y') + "\r\nhello\r\n0\r\n\r\n"),
       with(2, "GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n")});
}

}  // namespace
}  // namespace orc::fuzz
