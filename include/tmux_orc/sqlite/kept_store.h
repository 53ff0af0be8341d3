// SPDX-License-Identifier: Apache-2.0
// KeptStore: a store over a database file that outlives what may happen to the file. It is opened when it is
// wanted, and again when that failed; a file that was deleted or replaced is left for the one at its path; a
// damaged one is set aside as PATH.corrupt-SECONDS and a new one begun. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

enum class FileEvent { kMoved, kSetAside };

// Store: has `Database& database()`.
template <typename Store>
class KeptStore {
 public:
  using Open = std::function<Result<std::unique_ptr<Store>>()>;
  // What happened to the file, and for kSetAside its new name.
  using Notice = std::function<void(FileEvent event, const std::string& name)>;

  // `what`: how messages call it.
  KeptStore(std::string path, const char* what, const Clock& clock, Open open, Notice notice)
      : path_(std::move(path)),
        what_(what),
        clock_(clock),
        open_(std::move(open)),
        notice_(std::move(notice)) {}

  // The store of the file that is at the path now. Whoever gets an error from it hands that to failed().
  Result<Store*> ready() {
    if (store_ != nullptr && store_->database().is_moved()) {
      // Everything that waits in the WAL goes to the file that was opened, wherever it is now: a WAL that
      // stays at the path would be taken for that of the next file there.
      static_cast<void>(store_->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
      store_.reset();
      notice_(FileEvent::kMoved, path_);
    }
    if (store_ == nullptr) {
      ORC_TRY(opened, open_());
      store_ = std::move(*opened);
      check_due_ = {};
    }
    ORC_DO(check_when_due());
    return store_.get();
  }

  // Null while none is open.
  Store* get() const { return store_.get(); }

  void failed(const Error& error) {
    if (error.kind != ErrorKind::kProtocol) return;
    store_.reset();
    notice_(FileEvent::kSetAside, set_database_aside(path_, clock_.wall_ms()));
  }

 private:
  // A year of 100 agents, 34 MB, is read in 0.13 s.
  static constexpr auto kCheckEvery = std::chrono::hours(24);

  // Damage in pages that nobody writes to is seen only by reading them. A file that cannot be read now is
  // told by what is done with it, or read the next day.
  Result<void> check_when_due() {
    if (check_due_ != Steady::time_point() && clock_.steady() < check_due_) return {};
    check_due_ = clock_.steady() + kCheckEvery;
    auto checked = check_database(path_, what_);
    return checked || checked.error().kind != ErrorKind::kProtocol ? Result<void>() : checked;
  }

  const std::string path_;
  const char* const what_;
  const Clock& clock_;
  const Open open_;
  const Notice notice_;
  std::unique_ptr<Store> store_;
  Steady::time_point check_due_{};
};

}  // namespace orc
