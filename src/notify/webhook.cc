// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/webhook.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace orc {
namespace {

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// Asked by curl about once a second: anything but 0 ends the transfer.
int is_cancelled(void* cancel, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Cancel*>(cancel)->cancelled() ? 1 : 0;
}

}  // namespace

Result<void> post_json(const std::string& url, const std::string& body, double timeout_s,
                       const Cancel* cancel) {
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (ready != CURLE_OK || curl == nullptr) return fail(ErrorKind::kIo, "libcurl does not start");
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      ::curl_slist_append(nullptr, "Content-Type: application/json"), ::curl_slist_free_all);
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_s * 1000));
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "tmux-orc");
  if (cancel != nullptr) {
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, const_cast<Cancel*>(cancel));
  }
  const CURLcode code = ::curl_easy_perform(c);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return fail(ErrorKind::kTimeout, fmt::format("no answer within {:g} s", timeout_s));
  if (code != CURLE_OK) return fail(ErrorKind::kUnavailable, ::curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  const bool again = status >= 500 || status == 429;
  const bool refused = status == 400 || status == 413 || status == 422;  // this body; another might be taken
  return fail(again     ? ErrorKind::kUnavailable
              : refused ? ErrorKind::kInvalid
                        : ErrorKind::kCommand,
              fmt::format("answered {}{}", status,
                          status >= 300 && status < 400 ? " (redirects are not followed)" : ""));
}

}  // namespace orc
