// SPDX-License-Identifier: Apache-2.0
// What an agent asks in one line, for people.
#include "tmux_orc/base/ask_text.h"

#include <gtest/gtest.h>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

Ask ask(std::string kind, std::string title, std::string subject) {
  return {std::move(kind), std::move(title), std::move(subject), {}, -1, 1};
}

TEST(AskText, ACommandIsWhatIsAsked) {
  EXPECT_EQ(ask_text(ask("command", "Do you want to proceed?", "rm -rf build")), "run `rm -rf build`?");
  EXPECT_EQ(ask_text(ask("command", "Do you want to proceed?", "for i in 1 2; do\necho $i\ndone")),
            "run `for i in 1 2; do …`?");
}

TEST(AskText, WhatIsNoCommandKeepsItsQuestion) {
  EXPECT_EQ(ask_text(ask("command", "Permission required", "Edit hello.py\n1 def greet(name):")),
            "Permission required `Edit hello.py …`");
  EXPECT_EQ(ask_text(ask("question", "Which database?", "Some explanation")), "Which database?");
  EXPECT_EQ(ask_text(ask("trust", "Do you trust this folder?", "/srv/work")),
            "Do you trust this folder? `/srv/work`");
  EXPECT_EQ(ask_text(ask("error", "API Error: 529 Overloaded", "")), "API Error: 529 Overloaded");
}

TEST(AskText, AnEditNamesItsFileOnce) {
  EXPECT_EQ(ask_text(ask("edit", "Apply this change?", "WriteFile  Writing to hello.py\n1 def greet(name):")),
            "Apply this change? `WriteFile  Writing to hello.py`");
  EXPECT_EQ(ask_text(ask("edit", "Do you want to create hello.py?", "Create file\nd/hello.py\n1 def")),
            "Do you want to create hello.py?");
}

TEST(AskText, ItIsOneLineAsWideAsWanted) {
  const Ask wide =
      ask("command", std::string(400, 't'), "echo " + std::string(500, 'a') + "`$(reboot)`\n# more");
  for (const int columns : {30, 60, 120}) {
    const std::string text = ask_text(wide, columns);
    EXPECT_LE(display_width(text), columns);
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
  const std::string text = ask_text(ask("command", "Run?", "echo `x` \x1b[31m"));
  EXPECT_EQ(text, "run `echo 'x' [31m`?");
}

TEST(AskText, WaitingWithoutAQuestionSaysItsKind) {
  EXPECT_EQ(waits_text("command", ""), "waits for a person (command)");
  EXPECT_EQ(waits_text("", ""), "waits for a person");
  EXPECT_EQ(waits_text("command", "run `make`?"), "waits for a person: run `make`?");
  EXPECT_EQ(asks_text(Verdict{}), "");
}

}  // namespace
}  // namespace orc
