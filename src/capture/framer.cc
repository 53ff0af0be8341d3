// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/capture/framer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace orc {

Batch capture_batch(std::span<const CaptureRequest> requests, const std::string& nonce, Framing framing) {
  Batch batch;
  batch.reserve(requests.size() * 2 + 1);
  for (const CaptureRequest& r : requests) {
    const std::string target = fmt::format("-pt%{}", r.pane);
    Command capture = {"capturep", target};
    if (r.styled) capture.push_back("-e");
    if (r.first_row > 0) capture.push_back(fmt::format("-S{}", r.first_row));
    if (framing == Framing::kHeaders) {
      batch.push_back({"display", target, nonce + " #{pane_id} #{pane_height}"});
    } else if (framing == Framing::kPlanned) {
      capture.push_back(fmt::format("-E{}", r.height - 1));
    }
    batch.push_back(std::move(capture));
  }
  batch.push_back({"display", "-p", nonce + " end"});
  return batch;
}

std::vector<Capture> frame_planned(std::span<const CaptureRequest> requests, const std::string& nonce,
                                   std::string_view output) {
  std::vector<Capture> captures;
  CaptureFramer framer(
      requests, nonce, Framing::kPlanned, [&](Capture c) { captures.push_back(std::move(c)); },
      [](std::size_t) {}, [](std::span<const CaptureRequest>) {});
  framer.on_output(output);
  if (!framer.ended()) captures.clear();
  return captures;
}

void CaptureFramer::begin_planned() {
  if (next_ >= requests_.size()) return;
  const CaptureRequest& r = requests_[next_];
  current_ = Capture{r.index, r.first_row, r.height, {}, r.styled};
  current_.text.reserve(4096);
  lines_left_ = r.height - r.first_row;
  in_body_ = true;
}

void CaptureFramer::on_output(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty() && !broken_) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      partial_.append(bytes);
      return;
    }
    if (partial_.empty()) {
      on_line(bytes.substr(0, end));
    } else {
      partial_.append(bytes.substr(0, end));
      on_line(partial_);
      partial_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
}

void CaptureFramer::on_line(std::string_view line) {
  const bool is_header = line.starts_with(nonce_);
  if (in_body_ && !is_header) {
    current_.text.append(line).push_back('\n');
    if (--lines_left_ == 0) finish_capture();
    return;
  }
  if (framing_ == Framing::kPlanned) {
    ended_ = is_header && !in_body_ && next_ == requests_.size();
    broken_ = !ended_;
    return;
  }
  settle_failed_capture();  // a header where text was due: the capture failed, spawn went on with the next
  if (is_header) {
    on_header(line);
  } else {
    broken_ = true;
  }
}

void CaptureFramer::on_header(std::string_view line) {
  std::string_view rest = line.substr(nonce_.size());
  if (rest == " end") {
    ended_ = true;
    return;
  }
  if (next_ >= requests_.size()) {
    broken_ = true;
    return;
  }
  const CaptureRequest& request = requests_[next_];
  PaneId pane = 0;
  int height = 0;
  const bool has_id = rest.starts_with(" %");
  if (has_id) {
    const auto [after, error] = std::from_chars(rest.data() + 2, rest.data() + rest.size(), pane);
    if (error != std::errc{} || after == rest.data() + rest.size()) {
      broken_ = true;
      return;
    }
    std::from_chars(after + 1, rest.data() + rest.size(), height);
  }
  // For a pane that is gone, display-message succeeds with empty fields.
  if (!has_id) {
    on_gone_(request.index);
    ++next_;
    return;
  }
  if (pane != request.pane || height <= 0) {
    broken_ = true;
    return;
  }
  current_ = Capture{request.index, std::min(request.first_row, height - 1), height, {}, request.styled};
  lines_left_ = height - current_.first_row;
  in_body_ = true;
}

void CaptureFramer::finish_capture() {
  in_body_ = false;
  ++next_;
  on_capture_(std::move(current_));
  current_ = {};
  if (framing_ == Framing::kPlanned) begin_planned();
}

void CaptureFramer::settle_failed_capture() {
  if (!in_body_) return;
  in_body_ = false;
  on_gone_(requests_[next_].index);
  ++next_;
}

}  // namespace orc
