// Which parameters go together, and when: MaxText's schedule, and sets that cover every tensor once.
#include "distributed/fragments.h"

#include "tests/distributed/referee.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace atl::distributed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<TensorPlace> transformer(int layers) {
  std::vector<TensorPlace> tensors;
  std::size_t at = 0;
  const auto add = [&](std::string name, std::size_t size) {
    tensors.push_back({std::move(name), at, size});
    at += size;
  };
  add("embedding", 100);
  for (int i = 0; i < layers; ++i) {
    add(fmt::format("blocks.{}.attention", i), 40);
    add(fmt::format("blocks.{}.mlp", i), 60);
  }
  add("head", 10);
  return tensors;
}

void expect_each_once(const std::vector<Fragment>& fragments, std::size_t num_values) {
  std::vector<int> times(num_values);
  for (const Fragment& fragment : fragments) {
    EXPECT_GT(fragment.num_values(), 0U) << fragment.name;
    for (const Range& range : fragment.ranges) {
      for (std::size_t i = range.begin; i < range.begin + range.size; ++i) ++times[i];
    }
  }
  EXPECT_THAT(times, testing::Each(1));
}

TEST(Fragments, CoverEachTensorOnceInEveryPattern) {
  const std::vector<TensorPlace> tensors = transformer(7);
  for (const char* pattern : {"strided", "sequential", "packed"}) {
    for (int count = 1; count <= 7; ++count) {
      const std::vector<Fragment> fragments =
          make_fragments({.count = count, .pattern = pattern, .modules = {}}, tensors);
      ASSERT_EQ(fragments.size(), static_cast<std::size_t>(count)) << pattern;
      expect_each_once(fragments, 810);
    }
  }
}

TEST(Fragments, StridedTakesEveryNthLayer) {
  const std::vector<Fragment> fragments =
      make_fragments({.count = 3, .pattern = "strided", .modules = {}}, transformer(6));
  // Layers 0 and 3 with what is in no layer; 1 and 4; 2 and 5.
  EXPECT_THAT(fragments[0].ranges, ElementsAre(Range{0, 200}, Range{400, 100}, Range{700, 10}));
  EXPECT_THAT(fragments[1].ranges, ElementsAre(Range{200, 100}, Range{500, 100}));
  EXPECT_THAT(fragments[2].ranges, ElementsAre(Range{300, 100}, Range{600, 100}));
}

TEST(Fragments, PackedAreOfAboutOneSize) {
  for (const Fragment& fragment : make_fragments({.count = 4, .pattern = "packed", .modules = {}}, transformer(8)))
    EXPECT_NEAR(static_cast<double>(fragment.num_values()), 910.0 / 4, 40);
}

TEST(Fragments, OfModulesHaveTheirIslands) {
  const FragmentConfig config{
      .count = 1, .pattern = "strided", .modules = {{.prefix = "blocks.1.", .islands = {"a", "b"}}}};
  const std::vector<Fragment> fragments = make_fragments(config, transformer(3));
  ASSERT_EQ(fragments.size(), 2U);
  expect_each_once(fragments, 410);
  EXPECT_THAT(fragments[1].ranges, ElementsAre(Range{200, 100}));
  EXPECT_TRUE(fragments[1].has("b"));
  EXPECT_FALSE(fragments[1].has("c"));
  EXPECT_TRUE(fragments[0].has("c"));
}

TEST(Fragments, AreGatheredAndScattered) {
  const Fragment fragment{.name = "", .ranges = {{1, 2}, {5, 1}}, .islands = {}};
  std::vector<float> parameters{0, 1, 2, 3, 4, 5, 6};
  std::vector<float> values(fragment.num_values());
  gather(fragment, parameters, values);
  EXPECT_THAT(values, ElementsAre(1, 2, 5));
  for (float& value : values) value += 10;
  scatter(fragment, values, parameters);
  EXPECT_THAT(parameters, ElementsAre(0, 11, 12, 3, 4, 15, 6));
}

TEST(Fragments, RefuseMoreThanThereIsToDeal) {
  EXPECT_THAT(tests::error_of([] {
                static_cast<void>(make_fragments({.count = 4, .pattern = "strided", .modules = {}}, transformer(3)));
              }),
              HasSubstr("3 layers"));
  EXPECT_THAT(tests::error_of([] {
                static_cast<void>(make_fragments({.count = 20, .pattern = "packed", .modules = {}}, transformer(3)));
              }),
              HasSubstr("8 tensors"));
  const FragmentConfig config{.count = 1, .pattern = "strided", .modules = {{.prefix = "decoder", .islands = {}}}};
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(make_fragments(config, transformer(3))); }),
              HasSubstr("decoder"));
}

TEST(FragmentSchedule, IsMaxTexts) {
  const TemporaryFolder folder;
  constexpr int kSteps = 700;
  for (const auto& [steps, fragments] : {std::pair(100, 4), {30, 7}, {10, 4}, {5, 2}, {3, 8}, {100, 1}}) {
    tests::ask_referee(folder.path(), fmt::format("write('due', np.array(maxtext_schedule({}, {}, {})).flatten())",
                                                  steps, fragments, kSteps));
    std::vector<float> found;
    const FragmentSchedule schedule(steps, static_cast<std::size_t>(fragments));
    for (int step = 0; step <= kSteps; ++step) {
      if (const auto due = schedule.due(step)) {
        found.push_back(static_cast<float>(step));
        found.push_back(static_cast<float>(*due));
      }
    }
    EXPECT_EQ(found, tests::read_floats(folder.path() / "due")) << steps << " steps, " << fragments << " fragments";
  }
}

TEST(FragmentSchedule, TellsTheNextTurn) {
  const FragmentSchedule schedule(12, 3);
  for (std::size_t fragment = 0; fragment < 3; ++fragment) {
    for (std::int64_t step = 0; step < 50; ++step) {
      std::int64_t next = step + 1;
      while (schedule.due(next) != fragment) ++next;
      EXPECT_EQ(schedule.next_due(fragment, step), next) << "fragment " << fragment << " after " << step;
    }
  }
}

}  // namespace
}  // namespace atl::distributed
