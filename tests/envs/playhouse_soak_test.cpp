// A short soak; tools/studies/soak.sh is the long one.
#include "tests/envs/soak.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

TEST(PlayhouseSoak, NobodyGetsIntoAWallOrOutOfTheHouse) {
  const SoakReport report = soak(20000, 1);
  EXPECT_THAT(report.problems, testing::IsEmpty());
  EXPECT_EQ(report.steps, 20000);
  EXPECT_EQ(report.episodes_of_level.size(), levels().size());
  // Random hands do what there is to do, so that the checks see more than walking.
  const auto count = [&](EventKind kind) { return report.events[static_cast<std::size_t>(kind)]; };
  for (const EventKind kind : {EventKind::kTook, EventKind::kPutDown, EventKind::kPushed, EventKind::kScreen,
                               EventKind::kJumped, EventKind::kTurnedOn, EventKind::kOpened})
    EXPECT_GT(count(kind), 0) << "event kind " << static_cast<int>(kind);
}

}  // namespace
}  // namespace atl::envs::playhouse
