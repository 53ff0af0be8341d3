// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tmux_orc/base/files.h"

namespace orc {
namespace {

// "<4>": a syslog priority in front of the line, as sd-daemon(3) has it.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const char digit = message.level >= spdlog::level::err    ? '3'
                       : message.level == spdlog::level::warn ? '4'
                       : message.level == spdlog::level::info ? '6'
                                                              : '7';
    out.push_back('<');
    out.push_back(digit);
    out.push_back('>');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }
};

// The sinks write through stdio and throw when the disk is full; logger::log would hand that to an error
// handler that prints. Ours counts instead, so the sink is called directly.
void sink_line(spdlog::logger& logger, spdlog::level::level_enum level, const std::string& text) {
  const spdlog::details::log_msg message("tmux-orc", level, text);
  for (const auto& sink : logger.sinks()) {
    sink->log(message);
    sink->flush();
  }
}

}  // namespace

Log::Log(LogOptions options) : options_(std::move(options)), level_(options_.level) { logger_ = open(); }

std::shared_ptr<spdlog::logger> Log::open() {
  spdlog::sink_ptr sink;
  if (options_.file.empty()) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<PriorityFlag>('*').set_pattern("%*%v");
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(std::move(formatter));
  } else {
    const auto folder = std::filesystem::path(options_.file).parent_path().string();
    try {
      if (auto ok = make_private_folder(folder); !ok) throw std::runtime_error(ok.error().message);
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          options_.file, static_cast<std::size_t>(options_.max_size_mb * 1048576),
          static_cast<std::size_t>(options_.max_files));
      sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    } catch (const std::exception& e) {
      problem_ = e.what();
      return nullptr;
    }
  }
  problem_.clear();
  return std::make_shared<spdlog::logger>("tmux-orc", sink);
}

void Log::write(spdlog::level::level_enum level, const std::string& text) {
  MutexLock lock(mutex_);
  if (level < spdlog::level::from_str(level_)) return;
  try {
    if (logger_ == nullptr) throw std::runtime_error(problem_);
    sink_line(*logger_, level, text);
    problem_.clear();
  } catch (const std::exception& e) {
    problem_ = e.what();
    ++lost_;
  }
}

void Log::check(const std::string& level) {
  MutexLock lock(mutex_);
  level_ = level;
  std::error_code error;
  if (!options_.file.empty() && (logger_ == nullptr || !std::filesystem::exists(options_.file, error)))
    logger_ = open();
}

void Log::change_limits(double max_size_mb, int max_files) {
  MutexLock lock(mutex_);
  if (options_.max_size_mb == max_size_mb && options_.max_files == max_files) return;
  options_.max_size_mb = max_size_mb;
  options_.max_files = max_files;
  logger_ = open();
}

void Log::flush() {
  MutexLock lock(mutex_);
  if (logger_ != nullptr) logger_->flush();
}

std::string Log::problem() const {
  MutexLock lock(mutex_);
  return problem_;
}

}  // namespace orc
