// SPDX-License-Identifier: Apache-2.0
// ScopedEnv: sets or unsets an environment variable for one test. Not thread-safe, like the environment
// itself.
#pragma once

#include <stdlib.h>

#include <optional>
#include <string>

namespace orc::test {

class ScopedEnv {
 public:
  ScopedEnv(std::string name, const char* value) : name_(std::move(name)) {
    if (const char* old = ::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  ~ScopedEnv() { set(old_ ? old_->c_str() : nullptr); }
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;

 private:
  void set(const char* value) const {
    if (value == nullptr)
      ::unsetenv(name_.c_str());
    else
      ::setenv(name_.c_str(), value, 1);
  }
  std::string name_;
  std::optional<std::string> old_;
};

}  // namespace orc::test
