// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

#include <algorithm>
#include <cmath>

namespace orc {
namespace {

const double kLogStep = std::log(1.025);

// Bucket 0 is everything below one microsecond.
std::uint32_t bucket_of(double us) {
  return us < 1 || !std::isfinite(us) ? 0 : 1 + static_cast<std::uint32_t>(std::log(us) / kLogStep);
}

double middle_of(std::uint32_t bucket) { return bucket == 0 ? 0.5 : std::exp((bucket - 0.5) * kLogStep); }

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool take_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

}  // namespace

void Histogram::add(double microseconds) {
  ++buckets_[bucket_of(microseconds)];
  ++count_;
}

void Histogram::merge(const Histogram& other) {
  for (const auto& [bucket, count] : other.buckets_) buckets_[bucket] += count;
  count_ += other.count_;
}

double Histogram::percentile(double p) const {
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(p * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (const auto& [bucket, count] : buckets_) {
    seen += count;
    if (seen >= rank) return middle_of(bucket);
  }
  return 0;
}

std::string Histogram::encode() const {
  std::string out;
  std::uint32_t last = 0;
  for (const auto& [bucket, count] : buckets_) {
    put_varint(out, bucket - last);
    put_varint(out, count);
    last = bucket;
  }
  return out;
}

Result<Histogram> Histogram::decode(std::string_view bytes) {
  Histogram h;
  std::uint64_t bucket = 0, step = 0, count = 0;
  while (!bytes.empty()) {
    if (!take_varint(bytes, step) || !take_varint(bytes, count))
      return fail(ErrorKind::kProtocol, "a damaged histogram");
    bucket += step;
    h.buckets_[static_cast<std::uint32_t>(bucket)] += count;
    h.count_ += count;
  }
  return h;
}

}  // namespace orc
