// SPDX-License-Identifier: Apache-2.0
// post_json: what is sent, and what each answer means, with a server of the test's own on the loopback.
#include "webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "support/scoped_env.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// Answers each request with the same bytes; with none it takes the connection and says nothing.
class HttpServer {
 public:
  explicit HttpServer(std::string answer)
      : answer_(std::move(answer)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_.get(), 8), 0);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~HttpServer() { end(); }
  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // What came; nothing comes after.
  const std::vector<std::string>& requests() {
    end();
    return requests_;
  }

 private:
  void end() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  void run() {
    for (;;) {
      const UniqueFd client(::accept(fd_.get(), nullptr, nullptr));
      if (!client) return;
      requests_.push_back(read(client.get()));
      if (answer_.empty()) {  // until the other side has enough
        char byte = 0;
        while (::recv(client.get(), &byte, 1, 0) > 0) continue;
      }
      ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }
  static std::string read(int fd) {
    std::string out;
    char part[4096];
    for (std::size_t whole = std::string::npos; out.size() < whole;) {
      const auto n = ::recv(fd, part, sizeof part, 0);
      if (n <= 0) return out;
      out.append(part, static_cast<std::size_t>(n));
      const auto head = out.find("\r\n\r\n"), length = out.find("Content-Length: ");
      if (head == std::string::npos) continue;
      whole = head + 4 + (length < head ? std::strtoul(out.c_str() + length + 16, nullptr, 10) : 0);
    }
    return out;
  }

  const std::string answer_;
  const UniqueFd fd_;
  int port_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string answer(int status, const std::string& more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\nConnection: close\r\n" + more +
         "\r\n";
}

class Webhook : public ::testing::Test {
 protected:
  // A proxy of the machine's is not asked for the loopback.
  const test::ScopedEnv no_proxy_{"no_proxy", "127.0.0.1"};
};

TEST_F(Webhook, PostsTheBodyAsItIs) {
  HttpServer server(answer(204));
  const std::string body = "{\"text\":\"\xc3\xa9 'x' \\\"y\\\"\"}";
  ASSERT_TRUE(post_json(server.url("/a?b=c"), body, 10));
  ASSERT_THAT(server.requests(), SizeIs(1));
  const std::string& request = server.requests()[0];
  EXPECT_THAT(request, StartsWith("POST /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nUser-Agent: tmux-orc\r\n"));
  EXPECT_EQ(request.substr(request.find("\r\n\r\n") + 4), body);
}

TEST_F(Webhook, ALongBodyIsSentWhole) {
  HttpServer server("HTTP/1.1 100 Continue\r\n\r\n" + answer(200));
  const std::string body(300'000, 'x');
  ASSERT_TRUE(post_json(server.url(), body, 10));
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(server.requests()[0], testing::EndsWith(body));
}

struct Meaning {
  int status;
  ErrorKind kind;
};
class WebhookAnswers : public Webhook, public testing::WithParamInterface<Meaning> {};

TEST_P(WebhookAnswers, SayWhetherAnotherTryHelps) {
  HttpServer server(answer(GetParam().status));
  const auto done = post_json(server.url(), "{}", 10);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, GetParam().kind);
  EXPECT_THAT(done.error().message, StartsWith("answered " + std::to_string(GetParam().status)));
}
INSTANTIATE_TEST_SUITE_P(Statuses, WebhookAnswers,
                         testing::Values(Meaning{500, ErrorKind::kUnavailable},
                                         Meaning{503, ErrorKind::kUnavailable},
                                         Meaning{429, ErrorKind::kUnavailable},
                                         Meaning{400, ErrorKind::kInvalid}, Meaning{413, ErrorKind::kInvalid},
                                         Meaning{422, ErrorKind::kInvalid}, Meaning{401, ErrorKind::kCommand},
                                         Meaning{404, ErrorKind::kCommand}));

TEST_F(Webhook, ARedirectIsNotFollowed) {
  HttpServer server(answer(307, "Location: /elsewhere\r\n"));
  const auto done = post_json(server.url(), "{}", 10);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kCommand);
  EXPECT_THAT(done.error().message, HasSubstr("redirects are not followed"));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(Webhook, NobodyThereMayBeWellInAWhile) {
  std::string url;
  {
    HttpServer server(answer(200));
    url = server.url();
  }
  const auto done = post_json(url, "{}", 10);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
}

TEST_F(Webhook, WhatIsNoAnswerIsNone) {
  HttpServer server("SSH-2.0-x\r\n");
  const auto done = post_json(server.url(), "{}", 10);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
}

TEST_F(Webhook, SilenceEndsWithItsTime) {
  HttpServer server("");
  const auto done = post_json(server.url(), "{}", 0.05);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(done.error().message, "no answer within 0.05 s");
}

TEST_F(Webhook, ACancelledOneEnds) {
  HttpServer server("");
  Cancel cancel;
  cancel.cancel();
  const auto done = post_json(server.url(), "{}", 60, &cancel);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
}

TEST_F(Webhook, OnlyTheWebIsSpokenTo) {
  for (const char* url : {"file:///etc/hostname", "gopher://127.0.0.1/x", "no url at all", ""}) {
    const auto done = post_json(url, "{}", 10);
    EXPECT_FALSE(done) << url;
  }
}

}  // namespace
}  // namespace orc
