// SPDX-License-Identifier: Apache-2.0
#include "webhook.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "tmux_orc/base/late_library.h"

namespace orc {
namespace {

// libcurl brings thirty more libraries along (LDAP, Kerberos, GnuTLS ...): only who sends a webhook loads
// them.
struct Curl {
  const LateLibrary library{"libcurl.so.4"};
  decltype(&::curl_global_init) global_init = library.find<decltype(&::curl_global_init)>("curl_global_init");
  decltype(&::curl_easy_init) init = library.find<decltype(&::curl_easy_init)>("curl_easy_init");
  decltype(&::curl_easy_cleanup) cleanup = library.find<decltype(&::curl_easy_cleanup)>("curl_easy_cleanup");
  decltype(&::curl_easy_setopt) set = library.find<decltype(&::curl_easy_setopt)>("curl_easy_setopt");
  decltype(&::curl_easy_perform) perform = library.find<decltype(&::curl_easy_perform)>("curl_easy_perform");
  decltype(&::curl_easy_getinfo) info = library.find<decltype(&::curl_easy_getinfo)>("curl_easy_getinfo");
  decltype(&::curl_easy_strerror) error = library.find<decltype(&::curl_easy_strerror)>("curl_easy_strerror");
  decltype(&::curl_slist_append) append = library.find<decltype(&::curl_slist_append)>("curl_slist_append");
  decltype(&::curl_slist_free_all) free_list =
      library.find<decltype(&::curl_slist_free_all)>("curl_slist_free_all");
  const bool ready = library.complete() && global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
};

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// Asked by curl about once a second: anything but 0 ends the transfer.
int is_cancelled(void* cancel, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Cancel*>(cancel)->cancelled() ? 1 : 0;
}

}  // namespace

Result<void> post_json(const std::string& url, const std::string& body, double timeout_s,
                       const Cancel* cancel) {
  static const Curl curl;
  if (!curl.library.complete())
    return fail(ErrorKind::kCommand, "webhooks need libcurl: " + curl.library.problem());
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl.ready ? curl.init() : nullptr, curl.cleanup);
  if (handle == nullptr) return fail(ErrorKind::kIo, "libcurl does not start");
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl.append(nullptr, "Content-Type: application/json"), curl.free_list);
  CURL* c = handle.get();
  curl.set(c, CURLOPT_URL, url.c_str());
  curl.set(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl.set(c, CURLOPT_HTTPHEADER, headers.get());
  curl.set(c, CURLOPT_POSTFIELDS, body.c_str());
  curl.set(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl.set(c, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_s * 1000));
  curl.set(c, CURLOPT_NOSIGNAL, 1L);
  curl.set(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl.set(c, CURLOPT_WRITEFUNCTION, ignore);
  curl.set(c, CURLOPT_USERAGENT, "tmux-orc");
  if (cancel != nullptr) {
    curl.set(c, CURLOPT_NOPROGRESS, 0L);
    curl.set(c, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl.set(c, CURLOPT_XFERINFODATA, const_cast<Cancel*>(cancel));
  }
  const CURLcode code = curl.perform(c);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return fail(ErrorKind::kTimeout, fmt::format("no answer within {:g} s", timeout_s));
  if (code != CURLE_OK) return fail(ErrorKind::kUnavailable, curl.error(code));
  long status = 0;
  curl.info(c, CURLINFO_RESPONSE_CODE, &status);
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
