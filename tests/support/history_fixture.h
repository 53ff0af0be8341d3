// SPDX-License-Identifier: Apache-2.0
// A history in a folder of its own, and what tests of it and of its reports have in common.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/history/history_store.h"

namespace orc::test {

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

// Sets TZ for the test and back.
class TimeZone {
 public:
  explicit TimeZone(const char* name) : env_("TZ", name) { ::tzset(); }
  ~TimeZone() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

 private:
  test::ScopedEnv env_;
};

class History : public ::testing::Test {
 protected:
  HistorySettings settings(double interval_s) const {
    return {file(), "blue", "test", interval_s, 7, 35, 13, 0.05};
  }
  std::string file() const { return dir_.path() + "/history.db"; }
  std::unique_ptr<HistoryStore> open(std::int64_t now, double interval_s = 60) {
    auto store = HistoryStore::open(settings(interval_s), now);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }
  std::unique_ptr<HistoryReader> reader() {
    auto reader = HistoryReader::open(file(), "blue");
    if (!reader) throw std::runtime_error(reader.error().message);
    return std::move(*reader);
  }
  std::string sql(const std::string& query) {
    sqlite3* db = nullptr;
    sqlite3_open(file().c_str(), &db);
    std::string out;
    sqlite3_exec(
        db, query.c_str(),
        [](void* to, int n, char** values, char**) {
          for (int i = 0; i < n; ++i)
            *static_cast<std::string*>(to) += values[i] == nullptr ? "NULL" : values[i];
          return 0;
        },
        &out, nullptr);
    sqlite3_close(db);
    return out;
  }
  const TempDir dir_;
};

// The percentile p by nearest rank.
inline double exact(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::max(1.0, std::ceil(p * static_cast<double>(values.size())))) -
                1];
}

}  // namespace orc::test
