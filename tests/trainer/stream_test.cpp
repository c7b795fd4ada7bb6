#include "trainer/stream.h"

#include "core/error.h"
#include "core/random.h"
#include "trainer/epoch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace atl::trainer {
namespace {

// Examples that say which block and place they are; every tenth is a goal frame.
class CountingSource final : public ExampleSource {
 public:
  std::vector<Example> create_part(const BlockPart& part, std::vector<Example> /*spent*/) override {
    if (part.index == fail_at) fail(ErrorKind::kFormat, "block {} is broken", part.index);
    std::vector<Example> block(part.count);
    for (std::size_t i = 0; i < part.count; ++i) {
      block[i].num_steps = static_cast<int>(part.index * 1000 + i);
      block[i].goal_frame = i % 10 == 0;
    }
    return block;
  }
  std::uint64_t fail_at = ~std::uint64_t{0};
};

std::unique_ptr<ExampleSource> create_counting() { return std::make_unique<CountingSource>(); }

std::vector<int> take(ExampleStream& stream, int batches, std::size_t size) {
  std::vector<int> ids;
  for (int i = 0; i < batches; ++i) {
    for (const Example* e : stream.next_batch(size)) ids.push_back(e->num_steps);
  }
  return ids;
}

TEST(ExampleStream, GoesThroughEachBlockAsOftenAsAsked) {
  ExampleStream stream({.seed = 3, .block_examples = 40, .passes = 2}, create_counting);
  std::map<int, int> count;
  for (const int id : take(stream, 8, 10)) ++count[id];
  EXPECT_EQ(count.size(), 40U);
  for (const auto& [id, times] : count) EXPECT_EQ(times, 2) << id;
}

TEST(ExampleStream, IsTheSameWhateverTheNumberOfProducers) {
  ExampleStream one({.seed = 3, .block_examples = 40, .passes = 1, .producers = 1}, create_counting);
  ExampleStream three({.seed = 3, .block_examples = 40, .passes = 1, .producers = 3}, create_counting);
  EXPECT_EQ(take(one, 30, 8), take(three, 30, 8));
}

TEST(ExampleStream, GoesOnFromAnyPositionWithTheSameExamples) {
  const StreamOptions options{.seed = 5, .block_examples = 40, .passes = 2};
  ExampleStream unbroken(options, create_counting);
  for (int i = 0; i < 25; ++i) {
    const StreamPosition here = unbroken.position();
    ExampleStream resumed(options, create_counting, here);
    EXPECT_EQ(take(resumed, 1, 12), take(unbroken, 1, 12)) << "block " << here.block << ", offset " << here.offset;
  }
}

TEST(ExampleStream, ShufflesDifferentlyForEachSeed) {
  ExampleStream a({.seed = 1, .block_examples = 40}, create_counting);
  ExampleStream b({.seed = 2, .block_examples = 40}, create_counting);
  EXPECT_NE(take(a, 1, 40), take(b, 1, 40));
}

TEST(ExampleStream, HandsOnWhatAProducerThrew) {
  ExampleStream stream({.block_examples = 10, .passes = 1}, [] {
    auto source = std::make_unique<CountingSource>();
    source->fail_at = 1;
    return source;
  });
  EXPECT_EQ(take(stream, 1, 10).size(), 10U);
  EXPECT_THROW(static_cast<void>(stream.next_batch(10)), Error);
}

TEST(ExampleStream, RefusesABatchThatNoBlockHolds) {
  ExampleStream stream({.block_examples = 10, .passes = 1}, create_counting);
  EXPECT_THROW(static_cast<void>(stream.next_batch(11)), Error);
}

// Leases as a list, one after another; then none.
BlockOrder listed(std::vector<BlockLease> leases) {
  return [leases = std::move(leases), next = std::size_t{0}]() mutable -> std::optional<BlockLease> {
    return next < leases.size() ? std::optional(leases[next++]) : std::nullopt;
  };
}

TEST(ExampleStream, ServesBlocksAsTheyAreLeased) {
  const StreamOptions options{.seed = 5, .block_examples = 40, .passes = 1, .producers = 3};
  ExampleStream all(options, create_counting);
  const std::vector<int> in_order = take(all, 4 * 5, 8);
  const auto of = [&](std::size_t block, std::size_t offset, std::size_t count) {
    const auto begin = in_order.begin() + static_cast<std::ptrdiff_t>(40 * block + offset);
    return std::vector<int>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  // The second lease has nothing left, the third not enough for a batch.
  ExampleStream leased(options, create_counting, listed({{{3, 0}}, {{0, 40}}, {{2, 36}}, {{1, 16}}}));
  EXPECT_EQ(take(leased, 5, 8), of(3, 0, 40));
  EXPECT_EQ(leased.position(), (StreamPosition{3, 40}));
  EXPECT_EQ(take(leased, 3, 8), of(1, 16, 24));
  EXPECT_EQ(leased.position(), (StreamPosition{1, 40}));
}

TEST(ExampleStream, PassesOverBlocksThatAreOthersByNow) {
  const StreamOptions options{.seed = 5, .block_examples = 40, .passes = 1, .producers = 2};
  ExampleStream stream(options, create_counting,
                       listed({{{0, 0}, 1}, {{1, 0}, 1}, {{2, 0}, 1}, {{7, 0}, 2}, {{8, 0}, 2}}));
  take(stream, 2, 8);
  stream.serve_only(2);
  EXPECT_FALSE(stream.goes_on_in_block(8));
  for (const int id : take(stream, 5, 8)) EXPECT_EQ(id / 1000, 7);
  for (const int id : take(stream, 5, 8)) EXPECT_EQ(id / 1000, 8);
}

TEST(ExampleStream, EndsWhileItWaitsForALease) {
  ExampleStream stream({.seed = 5, .block_examples = 40}, create_counting, listed({}));
  EXPECT_EQ(stream.num_ready_blocks(), 0U);
}

TEST(ServingOrder, DealsGoalFramesEvenlyInTheShareAsked) {
  CountingSource source;
  const std::vector<Example> block = source.create_block(0, 400);
  const auto order = serving_order(block, {.passes = 1, .goal_frame_share = 0.2}, 0);
  std::set<std::uint32_t> ordinary;
  for (std::size_t begin = 0; begin + 50 <= order.size(); begin += 50) {
    int goals = 0;
    for (std::size_t i = begin; i < begin + 50; ++i) goals += block[order[i]].goal_frame ? 1 : 0;
    EXPECT_NEAR(goals, 10, 1) << "from " << begin;
  }
  for (const std::uint32_t i : order) {
    if (!block[i].goal_frame) ordinary.insert(i);
  }
  EXPECT_EQ(ordinary.size(), 360U) << "every ordinary example once";
}

TEST(EpochOrder, VisitsEverythingOnceAnEpochInAnotherOrder) {
  EpochOrder order(50, 9);
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> second;
  for (std::uint64_t i = 0; i < 50; ++i) first.push_back(order.at(i));
  for (std::uint64_t i = 50; i < 100; ++i) second.push_back(order.at(i));
  EXPECT_NE(first, second);
  EXPECT_EQ(order.at(7), first[7]) << "also after going on";
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(first[i], i);
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace atl::trainer
