#include "envs/desktop/judges/conditions.h"

#include "tests/error_of.h"

#include <gmock/gmock.h>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;
using tests::error_of;

const Reading kReading = {{"node", "default:dirt"}, {"count", 3.0}, {"text", "12"}, {"pos.z", -4.5}};
const Baseline kBaseline = {{"count", 1.0}, {"pos.z", -2.0}};

bool holds(const std::string& text) { return Condition(text).holds(kReading, kBaseline); }

TEST(Conditions, CompareTextsAndNumbers) {
  EXPECT_TRUE(holds("node = default:dirt"));
  EXPECT_FALSE(holds("node != default:dirt"));
  EXPECT_TRUE(holds("count = 3.0")) << "as numbers where both are";
  EXPECT_TRUE(holds("text = 12.0"));
  EXPECT_TRUE(holds("text > 11"));
  EXPECT_TRUE(holds("count <= 3"));
  EXPECT_FALSE(holds("count < 3"));
  EXPECT_TRUE(holds("count >= 3"));
  EXPECT_FALSE(holds("node > 1")) << "a text that is no number";
}

TEST(Conditions, MatchWholeTextsByExpression) {
  EXPECT_TRUE(holds("node ~ default:.*"));
  EXPECT_FALSE(holds("node ~ default"));
  EXPECT_TRUE(holds("node !~ .*stone"));
}

TEST(Conditions, MeasureFromTheEpisodesFirstReading) {
  EXPECT_TRUE(holds("change count >= 2"));
  EXPECT_TRUE(holds("change pos.z < -2"));
  EXPECT_TRUE(holds("distance pos.z > 2"));
  EXPECT_FALSE(holds("change node = 1"));
}

TEST(Conditions, DoNotHoldForWhatWasNotRead) {
  EXPECT_FALSE(holds("item = x"));
  EXPECT_FALSE(holds("item != x"));
  EXPECT_FALSE(all_hold({}, kReading, kBaseline)) << "no conditions are no success";
}

TEST(Conditions, SayWhatIsWrong) {
  EXPECT_THAT(error_of([] { Condition("node"); }), HasSubstr("condition \"node\", expected NAME OPERATOR VALUE"));
  EXPECT_THAT(error_of([] { Condition("two names = 1"); }), HasSubstr("\"two names\" is no name"));
  EXPECT_THAT(error_of([] { Condition("count > many"); }), HasSubstr("expects a number"));
  EXPECT_THAT(error_of([] { Condition("node ~ ("); }), HasSubstr("is no regular expression"));
}

TEST(Conditions, FillNames) {
  const auto target = [](std::string_view name) {
    return name == "target" ? std::optional<std::string>("dirt") : std::nullopt;
  };
  EXPECT_EQ(fill_names("dig the {target}, {other}, \\d{2}", target), "dig the dirt, {other}, \\d{2}");
  EXPECT_EQ(fill_names("{target", target), "{target");
  EXPECT_TRUE(std::regex_match("a.b (c)", std::regex(escape_regex("a.b (c)"))));
  EXPECT_FALSE(std::regex_match("axb (c)", std::regex(escape_regex("a.b (c)"))));
}

}  // namespace
}  // namespace atl::envs::desktop
