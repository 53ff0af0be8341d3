// SPDX-License-Identifier: Apache-2.0
#include "api_desk.h"

#include <gtest/gtest.h>

#include <atomic>
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

TEST(ApiDesk, NoLookBeginsInARoundButAPersonsAnswerAndWhereTheRoundIsLong) {
  ApiDesk desk;
  std::promise<void> looked, answered, looked_again;
  std::atomic<bool> over = false;
  bool was_over = false;
  {
    const ApiDesk::Hold round(desk);
    desk.ask("look", 1h, [&] {
      was_over = over;
      looked.set_value();
      return ApiResponse{200, ""};
    });
    desk.ask("answer", {}, [&] {
      answered.set_value();
      return ApiResponse{200, ""};
    });
    answered.get_future().wait();
    over = true;
  }
  looked.get_future().wait();
  EXPECT_TRUE(was_over);
  const ApiDesk::Hold hangs(desk);
  desk.ask("another", 1h, [&] {
    looked_again.set_value();
    return ApiResponse{200, ""};
  });
  EXPECT_EQ(looked_again.get_future().wait_for(60s), std::future_status::ready);
}

}  // namespace
}  // namespace orc
