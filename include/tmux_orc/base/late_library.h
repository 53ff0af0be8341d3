// SPDX-License-Identifier: Apache-2.0
// LateLibrary: a shared library that is loaded when it is first used, because few runs need it and it brings
// many others along. It stays loaded. Thread-safe once made; find() is for the thread that makes it.
#pragma once

#include <dlfcn.h>

#include <string>

namespace orc {

class LateLibrary {
 public:
  // By its soname, as the loader finds it.
  explicit LateLibrary(const char* soname) : handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) note();
  }
  // A function of it; null if there is none, which complete() and problem() then say.
  template <typename Function>
  Function find(const char* name) const {
    void* found = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
    if (handle_ != nullptr && found == nullptr) note();
    return reinterpret_cast<Function>(found);
  }
  bool complete() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  void note() const {
    const char* said = ::dlerror();
    if (problem_.empty()) problem_ = said == nullptr ? "it cannot be loaded" : said;
  }

  void* const handle_;
  mutable std::string problem_;
};

}  // namespace orc
