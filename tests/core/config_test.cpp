#include "core/config.h"

#include "core/error.h"
#include "core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Part {
  std::string name = "part";
  double weight = 0.5;
  friend bool operator==(const Part&, const Part&) = default;
};
void describe(ConfigVisitor& v, Part& p) {
  v.field("name", &p.name);
  v.field("weight", &p.weight, {.min = 0, .max = 1});
}

struct Inner {
  int depth = 2;
  std::string mode = "slow";
  std::vector<Part> parts{{"first", 0.1}, {"second", 0.2}};
  friend bool operator==(const Inner&, const Inner&) = default;
};
void describe(ConfigVisitor& v, Inner& c) {
  v.field("depth", &c.depth, {.min = 1, .max = 9});
  v.field("mode", &c.mode, {.one_of = {"slow", "fast"}});
  v.list("parts", c.parts);
}

struct Whole {
  bool flag = true;
  int count = -3;
  std::int64_t big = -9'000'000'000'000'000'001;
  std::uint64_t seed = 9'007'199'254'740'993;  // 2^53 + 1: no double holds it
  double rate = 1.0 / 3.0;
  std::string text = "a \"quoted\" line\nand another \\ é";
  std::vector<int> ints{3, 1, 2};
  std::vector<double> doubles{0.1, 1e-300, 1e22, 15.0};
  std::vector<std::string> words{"w", "left_shift"};
  Inner inner;
  friend bool operator==(const Whole&, const Whole&) = default;
};
void describe(ConfigVisitor& v, Whole& c) {
  v.field("flag", &c.flag);
  v.field("count", &c.count, {.min = -10, .max = 10});
  v.field("big", &c.big);
  v.field("seed", &c.seed);
  v.field("rate", &c.rate, {.min = 0});
  v.field("text", &c.text);
  v.field("ints", &c.ints, {.min = 0});
  v.field("doubles", &c.doubles);
  v.field("words", &c.words);
  v.table("inner", c.inner);
}

std::string problems_of(std::string_view text) {
  try {
    static_cast<void>(parse_config<Whole>(text, "test.toml"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

Whole with(std::string_view assignment) {
  ConfigDocument document = ConfigDocument::from_text("", "test.toml");
  document.set(assignment);
  Whole value;
  document.read(value);
  return value;
}

TEST(Config, EmptyFileGivesTheDefaults) { EXPECT_EQ(parse_config<Whole>("", "test.toml"), Whole{}); }

TEST(Config, WhatIsWrittenReadsBackEqual) {
  Whole value;
  EXPECT_EQ(parse_config<Whole>(to_toml(value), "defaults"), value);
  value = {.flag = false,
           .count = 10,
           .big = std::numeric_limits<std::int64_t>::max(),
           .seed = 0,
           .rate = 4.9406564584124654e-324,
           .text = "",
           .ints = {},
           .doubles = {-0.1, 3e8, 12345678.9},
           .words = std::vector<std::string>(101, "a_long_name_so_that_the_list_takes_many_lines"),
           .inner = {.depth = 9, .mode = "fast", .parts = {}}};
  EXPECT_EQ(parse_config<Whole>(to_toml(value), "changed"), value);
  value.inner.parts = {{"only", 1.0}, {"", 0.0}, {"third", 0.25}};
  EXPECT_EQ(parse_config<Whole>(to_toml(value), "lists"), value);
  value.big = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(parse_config<Whole>(to_toml(value), "least"), value);
}

// TOML's whole numbers end at 2^63 - 1.
TEST(Config, SeedsAreTextFromTwoToThe63On) {
  Whole value;
  for (const std::uint64_t seed : {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1, ~std::uint64_t{0}}) {
    value.seed = seed;
    EXPECT_EQ(parse_config<Whole>(to_toml(value), "large"), value);
  }
  EXPECT_EQ(with("seed=18446744073709551615").seed, ~std::uint64_t{0});
  EXPECT_THAT(problems_of("seed = \"18446744073709551616\""), HasSubstr("expected a whole number"));
  EXPECT_THAT(problems_of("seed = \"5\""), HasSubstr("expected a whole number"));
}

TEST(Config, KeepsWholeNumbersExactly) {
  EXPECT_EQ(parse_config<Whole>("seed = 9007199254740995", "t").seed, 9'007'199'254'740'995U);
  EXPECT_EQ(parse_config<Whole>("big = -9223372036854775808", "t").big, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_config<Whole>("big = 9223372036854775807", "t").big, std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(problems_of("seed = -1"), HasSubstr("seed is -1"));
  EXPECT_THAT(problems_of("count = 4294967297"), HasSubstr("-10 to 10"));  // 2^32 + 1 does not wrap to 1
}

TEST(Config, AnUnknownKeyNamesTheNearestKnownOneAndItsLine) {
  const std::string message = problems_of("flag = true\n\nconut = 3\n");
  EXPECT_THAT(message, HasSubstr("test.toml"));
  EXPECT_THAT(message, HasSubstr("line 3"));
  EXPECT_THAT(message, HasSubstr("conut"));
  EXPECT_THAT(message, HasSubstr("\"count\""));
  EXPECT_THAT(problems_of("[inner]\ndeph = 1"), HasSubstr("inner.deph is unknown; the nearest known key is \"depth\""));
  EXPECT_THAT(problems_of("[iner]\ndepth = 1"), HasSubstr("\"inner\""));
  EXPECT_THAT(problems_of("[[inner.parts]]\nwieght = 1"), HasSubstr("inner.parts[0].wieght"));
}

TEST(Config, ReportsAllProblemsAtOnce) {
  const std::string message = problems_of(
      "count = 11\n"
      "rate = \"fast\"\n"
      "ints = [1, -1]\n"
      "words = [1]\n"
      "flag = 1\n"
      "doubles = 3\n"
      "nonsense = 1\n"
      "[inner]\n"
      "mode = \"sloow\"\n"
      "depth = 1.5\n"
      "[[inner.parts]]\n"
      "weight = 2\n");
  for (const char* expected :
       {"line 1: count is 11, expected -10 to 10", "line 2: rate is 'fast', expected a number",
        "line 3: ints holds an item that is -1", "line 4: words holds an item that is 1, expected a string",
        "line 5: flag is 1, expected true or false", "line 6: doubles is 3", "line 7: nonsense is unknown",
        "line 9: inner.mode is 'sloow', expected one of slow, fast (nearest: \"slow\")", "line 10: inner.depth is 1.5",
        "line 12: inner.parts[0].weight is 2"}) {
    EXPECT_THAT(message, HasSubstr(expected));
  }
}

TEST(Config, RefusesTablesWhereValuesBelongAndTheOtherWayRound) {
  EXPECT_THAT(problems_of("inner = 3"), HasSubstr("inner is 3, expected a table"));
  EXPECT_THAT(problems_of("[count]\na = 1"), HasSubstr("count is a table"));
  EXPECT_THAT(problems_of("[inner]\nparts = 3"), HasSubstr("inner.parts is 3, expected [[tables]]"));
  EXPECT_THAT(problems_of("[inner]\nparts = [1]"), HasSubstr("inner.parts[0]"));
  EXPECT_THAT(problems_of("rate = nan"), HasSubstr("rate is nan"));
}

TEST(Config, ASyntaxErrorNamesFileLineAndColumn) {
  const std::string message = problems_of("flag = true\ncount = = 3\n");
  EXPECT_THAT(message, HasSubstr("test.toml"));
  EXPECT_THAT(message, HasSubstr("line 2, column 9"));
}

// These end the program inside toml++ 3.3 where nothing is done about it.
TEST(Config, WhatTheParserDoesNotExpectIsAnErrorWithItsLine) {
  for (const char* text : {"count = 1\n[*]\n", "flag = true\n[[]\xc3\xa9]\nbig = 1\n", "\n[?]", "\n\xcd\xa9 = 1"}) {
    const auto read = [&] { (void)parse_config<Whole>(text, "test.toml"); };
    EXPECT_THAT(read, testing::ThrowsMessage<Error>(HasSubstr("test.toml: line 2"))) << text;
  }
}

TEST(Config, AListInTheFileReplacesTheDefaultList) {
  const auto one = parse_config<Whole>("[[inner.parts]]\nweight = 0.75\n", "t");
  ASSERT_EQ(one.inner.parts.size(), 1U);
  EXPECT_EQ(one.inner.parts[0], (Part{.name = "part", .weight = 0.75}));  // nothing left of "first"
  const auto three = parse_config<Whole>("[inner]\nparts = [{name = \"x\"}, {}, {weight = 0}]\n", "t");
  ASSERT_EQ(three.inner.parts.size(), 3U);
  EXPECT_EQ(three.inner.parts[0], (Part{.name = "x"}));
  EXPECT_EQ(three.inner.parts[1], Part{});
  EXPECT_EQ(three.inner.parts[2], (Part{.weight = 0.0}));
  EXPECT_TRUE(parse_config<Whole>("[inner]\nparts = []\n", "t").inner.parts.empty());
  EXPECT_EQ(parse_config<Whole>("[inner]\ndepth = 1\n", "t").inner.parts, Inner{}.parts);
}

TEST(Config, SetChangesEveryTypeOfField) {
  EXPECT_FALSE(with("flag=false").flag);
  EXPECT_EQ(with("count=7").count, 7);
  EXPECT_EQ(with("big=-5").big, -5);
  EXPECT_EQ(with("seed=9007199254740995").seed, 9'007'199'254'740'995U);
  EXPECT_EQ(with("rate=2").rate, 2.0);
  EXPECT_EQ(with("rate=2.5e-3").rate, 2.5e-3);
  EXPECT_EQ(with("text=bare word").text, "bare word");
  EXPECT_EQ(with("text=\"quoted = 1\"").text, "quoted = 1");
  EXPECT_EQ(with("text=").text, "");
  EXPECT_EQ(with("text=a=b").text, "a=b");
  EXPECT_EQ(with("ints=[4, 5]").ints, (std::vector<int>{4, 5}));
  EXPECT_EQ(with("ints=[]").ints, std::vector<int>{});
  EXPECT_EQ(with("doubles=[1, 2.5]").doubles, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(with("words=[\"a\"]").words, std::vector<std::string>{"a"});
  EXPECT_EQ(with("inner.depth=4").inner.depth, 4);
  EXPECT_EQ(with("inner.mode=fast").inner.mode, "fast");
  EXPECT_EQ(with("inner.parts=[{name = \"n\"}]").inner.parts, std::vector<Part>{{.name = "n"}});
}

TEST(Config, SetTakesAStringThatLooksLikeAnotherType) {
  EXPECT_EQ(with("text=5").text, "5");
  EXPECT_EQ(with("text=true").text, "true");
  EXPECT_EQ(with("text=2024-01-01").text, "2024-01-01");
  EXPECT_EQ(with("text=1e3").text, "1e3");
}

TEST(Config, SetGoesOverTheFileAndLaterOverEarlier) {
  ConfigDocument document = ConfigDocument::from_text("count = 1\n[inner]\ndepth = 2\n", "t");
  document.set("count=3");
  document.set("inner.depth=5");
  document.set("count=4");
  Whole value;
  document.read(value);
  EXPECT_EQ(value.count, 4);
  EXPECT_EQ(value.inner.depth, 5);
}

TEST(Config, SetNamesAnItemOfAListByItsNumber) {
  ConfigDocument document =
      ConfigDocument::from_text("[[inner.parts]]\nname = 'a'\n[[inner.parts]]\nname = 'b'\n", "t");
  document.set("inner.parts.1.weight=0.5");
  Whole value;
  document.read(value);
  EXPECT_EQ(value.inner.parts[0].weight, Part{}.weight);
  EXPECT_EQ(value.inner.parts[1].weight, 0.5);
  for (const char* bad : {"inner.parts.3.weight=1", "inner.parts.x.weight=1", "inner.parts.1=2"}) {
    try {
      document.set(bad);
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("\"parts\" is a list of 2; name one of them as inner.parts.0.key"));
    }
  }
}

TEST(Config, SetAddsAnItemToAListByTheNextNumber) {
  for (const std::string text : {"", "[[inner.parts]]\nname = 'a'\n"}) {
    ConfigDocument document = ConfigDocument::from_text(text, "t");
    const std::string next = text.empty() ? "0" : "1";
    document.set("inner.parts." + next + ".name=b");
    document.set("inner.parts." + next + ".weight=0.25");
    Whole value;
    document.read(value);
    ASSERT_EQ(value.inner.parts.size(), text.empty() ? 1U : 2U);
    EXPECT_EQ(value.inner.parts.back(), (Part{.name = "b", .weight = 0.25}));
  }
}

TEST(Config, SetTakesAKeyThatBeginsWithADigitForAKey) {
  for (const char* key : {"inner.3", "inner.3d", "inner.3d.deeper"}) {
    ConfigDocument document = ConfigDocument::from_text("", "t");
    document.set(std::string(key) + "=1");
    Whole value;
    try {
      document.read(value);
      ADD_FAILURE() << "Whole has no " << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      EXPECT_THAT(error.what(), HasSubstr("inner.3"));
    }
  }
}

TEST(Config, SetRefusesWhatCannotBeMeant) {
  ConfigDocument document = ConfigDocument::from_text("count = 1\n", "t");
  for (const char* bad : {"count", "=3", "count.deeper=3", "", "inner..depth=1", ".count=1", "count.=1"}) {
    try {
      document.set(bad);
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), HasSubstr(std::string("--set ") + bad));
    }
  }
}

TEST(Config, AProblemOfSetNamesNoLineOfTheFile) {
  ConfigDocument document = ConfigDocument::from_text("flag = true\n", "t");
  document.set("count=99");
  document.set("inner.dpeth=1");
  Whole value;
  try {
    document.read(value);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("count is 99"));
    EXPECT_THAT(error.what(), HasSubstr("inner.dpeth is unknown"));
    EXPECT_THAT(error.what(), Not(HasSubstr("line")));
  }
}

TEST(Config, AValueOfSetIsOneValue) {
  EXPECT_EQ(with("text=a\ncount = 5").text, "a\ncount = 5");
  EXPECT_EQ(with("text=1\ncount = 5").count, Whole{}.count);
}

TEST(Config, LoadsAFileWithOverrides) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "run.toml";
  write_file_atomically(path, std::string_view("count = 2\n[inner]\nmode = \"fast\"\n"));
  const std::vector<std::string> overrides{"inner.depth=3", "flag=false"};
  const auto value = load_config<Whole>(path, overrides);
  EXPECT_EQ(value.count, 2);
  EXPECT_EQ(value.inner.mode, "fast");
  EXPECT_EQ(value.inner.depth, 3);
  EXPECT_FALSE(value.flag);
  try {
    static_cast<void>(load_config<Whole>(folder.path() / "none.toml"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFile);
    EXPECT_THAT(error.what(), HasSubstr("none.toml"));
  }
}

}  // namespace
}  // namespace atl
