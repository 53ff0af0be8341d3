// SPDX-License-Identifier: Apache-2.0
// Histogram: counts of durations in buckets that grow by 2.5%, so that a percentile is right within 1.25% and
// the sum of two histograms is the histogram of both. Plain data; not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tmux_orc/base/result.h"

namespace orc {

class Histogram {
 public:
  void add(double microseconds);
  void merge(const Histogram& other);
  std::uint64_t count() const { return count_; }
  // Nearest rank, p from 0 to 1: the middle of the bucket, microseconds; 0 when empty.
  double percentile(double p) const;

  // Pairs of (bucket, count) as varints, the buckets as differences: about 3 bytes a bucket in use.
  std::string encode() const;
  static Result<Histogram> decode(std::string_view bytes);

 private:
  std::map<std::uint32_t, std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
};

}  // namespace orc
