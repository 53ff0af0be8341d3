// SPDX-License-Identifier: Apache-2.0
#include "api_desk.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace orc {
namespace {

using namespace std::chrono_literals;

// A desk whose thread waits in its first look until it is let go.
struct BusyDesk {
  BusyDesk() {
    desk.ask("first", 1h, [this] {
      begun.set_value();
      may_end.get_future().wait();
      return ApiResponse{200, "first"};
    });
    begun.get_future().wait();
  }
  std::promise<void> begun, may_end;
  ApiDesk desk;
};

TEST(ApiDesk, APersonsAnswerHasAPlaceWhereLooksHaveNoneAndGoesBeforeThem) {
  std::promise<void> done;
  std::string order;
  {
    BusyDesk busy;
    int taken = 0;
    while (busy.desk
               .ask("look " + std::to_string(taken), 1h,
                    [&] {
                      order += "l";
                      return ApiResponse{200, ""};
                    })
               .status == 202)
      ++taken;
    EXPECT_EQ(taken, 64);
    const auto answer = [&] {
      order += "a";
      done.set_value();
      return ApiResponse{200, "answered"};
    };
    EXPECT_EQ(busy.desk.ask("answer", {}, answer).status, 202);
    EXPECT_EQ(busy.desk.ask("answer", {}, answer).status, 202) << "it is under way: not done twice";
    busy.may_end.set_value();
    done.get_future().wait();
  }
  EXPECT_TRUE(order.starts_with("a")) << order;
}

}  // namespace
}  // namespace orc
