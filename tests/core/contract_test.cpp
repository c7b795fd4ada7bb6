#include "core/contract.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> differences_of(const PolicyContract& a, const PolicyContract& b) {
  return differences(a, "checkpoint", b, "world");
}

TEST(PolicyContract, EqualOnesDoNotDiffer) {
  EXPECT_THAT(differences_of({}, {}), ElementsAre());
  EXPECT_NO_THROW(require_equal({}, "checkpoint", {}, "world"));
}

TEST(PolicyContract, EveryDifferenceIsNamedWithBothSides) {
  PolicyContract other;
  other.action_rate_hz = 30.0;
  other.controls = {"w"};
  other.mouse_unit = "counts";
  other.frame_width_px = 160;
  EXPECT_THAT(differences_of({}, other),
              testing::UnorderedElementsAre("action_rate_hz: 15 (checkpoint) and 30 (world)",
                                            "frame_width_px: 96 (checkpoint) and 160 (world)",
                                            R"(controls: ["w", "a", "s", "d", "e"] (checkpoint) and ["w"] (world))",
                                            R"(mouse_unit: "degrees" (checkpoint) and "counts" (world))"));
  try {
    require_equal({}, "the checkpoint runs/a", other, "the world doom");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kContract);
    for (const char* part :
         {"the checkpoint runs/a", "the world doom", "action_rate_hz", "frame_width_px", "controls", "mouse_unit"}) {
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }
}

// A change of any one field must be seen: each is changed in turn through its own description.
class OneChange final : public ConfigVisitor {
 public:
  explicit OneChange(int target) : target_(target) {}
  void field(std::string_view name, ConfigField field, const FieldLimits& /*limits*/) override {
    if (count_++ != target_) return;
    changed_ = name;
    std::visit(
        [](auto* value) {
          using T = std::remove_pointer_t<decltype(value)>;
          if constexpr (std::is_same_v<T, bool>)
            *value = !*value;
          else if constexpr (std::is_arithmetic_v<T>)
            *value += 1;
          else if constexpr (std::is_same_v<T, std::string>)
            *value += "x";
          else
            value->emplace_back();
        },
        field);
  }
  void begin_table(std::string_view /*name*/) override {}
  void end_table() override {}
  std::optional<std::size_t> begin_list(std::string_view /*name*/, std::size_t /*size*/) override { return {}; }
  void begin_item(std::size_t /*index*/) override {}
  int target_;
  int count_ = 0;
  std::string changed_;
};

TEST(PolicyContract, AChangeOfAnyFieldIsSeen) {
  int num_fields = 1;
  for (int i = 0; i < num_fields; ++i) {
    PolicyContract changed;
    OneChange change(i);
    describe(change, changed);
    num_fields = change.count_;
    const std::vector<std::string> found = differences_of({}, changed);
    ASSERT_EQ(found.size(), 1U) << change.changed_;
    EXPECT_TRUE(found[0].starts_with(change.changed_ + ": ")) << found[0];
    EXPECT_THROW(require_equal({}, "a", changed, "b"), Error);
  }
  EXPECT_EQ(num_fields, 18);
}

TEST(PolicyContract, LongListsOfControlsAreComparedToo) {
  PolicyContract a;
  a.controls.assign(101, "a_name_that_is_long_enough");
  PolicyContract b = a;
  b.controls[50] = "another";
  b.delay_steps = 3;
  EXPECT_THAT(differences_of(a, b), testing::SizeIs(2));
  b.controls.resize(1);
  EXPECT_THAT(differences_of(a, b), testing::SizeIs(2));
}

TEST(PolicyContract, ReadsBackFromItsToml) {
  PolicyContract contract;
  contract.action_rate_hz = 17.5;
  contract.controls = {"mouse_left", "space"};
  EXPECT_EQ(parse_config<PolicyContract>(to_toml(contract), "contract"), contract);
  SourceFacts facts;
  facts.world = "doom";
  facts.counts_per_turn = 3272.7;
  EXPECT_EQ(to_toml(parse_config<SourceFacts>(to_toml(facts), "facts")), to_toml(facts));
  EXPECT_THROW(static_cast<void>(parse_config<PolicyContract>("version = 2", "newer")), Error);
  EXPECT_THROW(static_cast<void>(parse_config<PolicyContract>("pointer = \"places\"", "unknown")), Error);
}

}  // namespace
}  // namespace atl
