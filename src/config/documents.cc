// SPDX-License-Identifier: Apache-2.0
#include "documents.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace orc {
namespace {

// Where a document begins, and where what it says.
class Outline final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = mark;
    content_ = YAML::Mark::null_mark();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { take(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    take(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    take(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    take(mark);
  }
  void OnMapEnd() override {}

  const YAML::Mark& start() const { return start_; }
  const YAML::Mark& content() const { return content_; }  // null_mark() if it says nothing

 private:
  void take(const YAML::Mark& mark) {
    if (content_.is_null()) content_ = mark;
  }
  YAML::Mark start_ = YAML::Mark::null_mark();
  YAML::Mark content_ = YAML::Mark::null_mark();
};

}  // namespace

Documents read_documents(const std::string& yaml) {
  Documents out;
  out.first = YAML::Load(yaml);
  std::istringstream text(yaml);
  YAML::Parser parser(text);
  Outline outline;
  int last = -1;
  for (int n = 0; parser.HandleNextDocument(outline); ++n) {
    if (outline.start().pos == last) {  // nothing was taken away
      out.stuck = outline.start();
      return out;
    }
    last = outline.start().pos;
    if (n > 0 && !outline.content().is_null()) {
      out.second = outline.content();
      return out;
    }
  }
  return out;
}

}  // namespace orc
