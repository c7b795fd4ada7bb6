#include "core/priority.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace atl {
namespace {

// SCHED_RESET_ON_FORK is a flag beside the policy.
int policy() { return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK; }

TEST(Priority, RaisesTheCallingThreadWhereItIsAllowedAndNoOther) {
  const int usual = policy();
  int raised = -1;
  int started_later = -1;
  bool is_allowed = false;
  std::thread([&] {
    const sched_param lowest{sched_get_priority_min(SCHED_RR)};
    is_allowed = sched_setscheduler(0, SCHED_RR, &lowest) == 0;
    const sched_param none{0};
    ASSERT_EQ(sched_setscheduler(0, SCHED_OTHER, &none), 0);
    prefer_this_thread();
    raised = policy();
    std::thread([&] { started_later = policy(); }).join();
  }).join();
  EXPECT_EQ(raised, is_allowed ? SCHED_RR : usual);
  EXPECT_EQ(started_later, usual);
  EXPECT_EQ(policy(), usual);
}

}  // namespace
}  // namespace atl
