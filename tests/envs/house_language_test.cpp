// The language of the house: missions to words and back.
#include "envs/playhouse/grammar.h"
#include "tests/envs/random_missions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace atl::envs::playhouse {
namespace {

constexpr int kNumMissions = 100'000;

// ---- Round trips

TEST(HouseLanguage, EveryPhraseMeansItsMission) {
  Random random(1);
  std::map<Family, int> num_of_family;
  int num_it = 0;
  for (int i = 0; i < kNumMissions; ++i) {
    const Mission mission = random_mission(random);
    const PhraseSet set = random.chance(1, 3) ? PhraseSet::kHeldOut : PhraseSet::kTraining;
    const std::string text = phrase(mission, set, random);
    const Parsed parsed = parse(text);
    ASSERT_TRUE(parsed.mission) << text << "\n" << parsed.problem;
    ASSERT_EQ(*parsed.mission, mission) << text << "\nis read as " << name_of(*parsed.mission) << "\ninstead of "
                                        << name_of(mission);
    ASSERT_EQ(parsed.set, set) << text;
    ++num_of_family[family_of(mission)];
    num_it += text.find(" it") != std::string::npos && mission.joint != Joint::kNone;
  }
  EXPECT_EQ(num_of_family.size(), kFamilyNames.size());
  for (const auto& [family, n] : num_of_family) EXPECT_GT(n, kNumMissions / 100) << static_cast<int>(family);
  EXPECT_GT(num_it, kNumMissions / 50);
}

TEST(HouseLanguage, EveryNameMeansItsMission) {
  Random random(2);
  for (int i = 0; i < kNumMissions; ++i) {
    const Mission mission = random_mission(random);
    const std::string name = name_of(mission);
    const Parsed parsed = parse(name);
    ASSERT_TRUE(parsed.mission) << name << "\n" << parsed.problem;
    ASSERT_EQ(*parsed.mission, mission) << name;
  }
}

TEST(HouseLanguage, CapitalsSpacesCommasAndPoliteWordsDoNotMatter) {
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const Mission mission = random_mission(random);
    std::string text;
    for (const char c : phrase(mission, PhraseSet::kTraining, random)) {
      if (c == ',' && random.chance(1, 2)) continue;
      text += random.chance(1, 2) ? static_cast<char>(std::toupper(c)) : c;
      if (c == ' ') text.append(random.below(3), ' ');
    }
    text = "  Please, " + text + (random.chance(1, 2) ? "." : " please!\n");
    const Parsed parsed = parse(text);
    ASSERT_TRUE(parsed.mission) << text << parsed.problem;
    EXPECT_EQ(*parsed.mission, mission) << text;
  }
}

// ---- English

TEST(HouseLanguage, NamesArePlainEnglish) {
  const NounPhrase on_table{.noun = Shape::kBall,
                            .size = Size::kSmall,
                            .colour = Colour::kRed,
                            .location = {.kind = Location::Kind::kOn, .fixture = FixtureKind::kTable}};
  EXPECT_EQ(name_of(on_table), "the small red ball on the table");
  EXPECT_EQ(name_of(NounPhrase{.noun = Shape::kMug, .colour = Colour::kOrange, .is_definite = false}), "an orange mug");
  EXPECT_EQ(name_of(NounPhrase{.noun = Shape::kMug, .is_definite = false}), "a mug");
  EXPECT_EQ(name_of(NounPhrase{.noun = OtherPlayer{}}), "your friend");
  EXPECT_EQ(name_of(Kind{Shape::kBall, Colour::kRed, Size::kBig}), "big red ball");
  EXPECT_EQ(name_of(Kind{Shape::kBlock, Colour::kCyan, Size::kSmall}), "cyan block");
  const Clause put{.verb = Verb::kPut,
                   .object = {.noun = Shape::kTeddy, .is_definite = false, .count = 2},
                   .relation = Relation::kIn,
                   .place = {.noun = FixtureKind::kBox, .colour = Colour::kBlue}};
  EXPECT_EQ(name_of(Mission{.first = put}), "put two teddies in the blue box");
  const Clause build{.verb = Verb::kBuild, .structure = Structure::kTower, .count = 3, .colour = Colour::kRed};
  EXPECT_EQ(name_of(Mission{put, Joint::kAfter, build}),
            "put two teddies in the blue box after you build a tower of three red blocks");
  EXPECT_EQ(name_of(Mission{.first = {.verb = Verb::kDrop}}), "drop it");
}

TEST(HouseLanguage, ArticlesFitTheNextWordAndNumbersTheirNoun) {
  Random random(4);
  std::set<std::string> singular{"ball", "cube", "cone", "duck", "book", "key", "block", "object"};
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = phrase(random_mission(random), PhraseSet::kTraining, random);
    std::istringstream stream(text);
    std::string before;
    for (std::string word; stream >> word; before = word) {
      const bool is_vowel = std::string("aeiou").find(word[0]) != std::string::npos;
      EXPECT_FALSE(before == "a" && is_vowel) << text;
      EXPECT_FALSE(before == "an" && !is_vowel) << text;
      EXPECT_FALSE((before == "two" || before == "three") && singular.count(word) == 1) << text;
      EXPECT_NE(word, before) << text;
    }
    EXPECT_EQ(text.find("  "), std::string::npos) << text;
    EXPECT_EQ(text.find(" ,"), std::string::npos) << text;
    for (const char* wrong : {"pick up it", "turn on it", "turn off it", "put down it", "it it"}) {
      EXPECT_EQ(text.find(wrong), std::string::npos) << text;
    }
  }
}

TEST(HouseLanguage, ItIsTheObjectOrElseThePlaceOfTheClauseBefore) {
  const NounPhrase box{.noun = FixtureKind::kBox};
  const Clause put{.verb = Verb::kPut, .object = red_ball(), .relation = Relation::kIn, .place = box};
  EXPECT_EQ(parse("put the red ball in the box, then close it").mission,
            (Mission{put, Joint::kThen, {.verb = Verb::kClose, .object = box}}));
  EXPECT_EQ(parse("put the red ball in the box and look at it").mission,
            (Mission{put, Joint::kAnd, {.verb = Verb::kLookAt, .object = red_ball()}}));
  EXPECT_EQ(parse("open the box, then put the red ball in it").mission,
            (Mission{{.verb = Verb::kOpen, .object = box}, Joint::kThen, put}));
  EXPECT_EQ(parse("before you open the box, look at it").mission,
            (Mission{{.verb = Verb::kOpen, .object = box}, Joint::kAfter, {.verb = Verb::kLookAt, .object = box}}));
  EXPECT_EQ(parse("go to the box, then open it").mission,
            (Mission{{.verb = Verb::kGoTo, .object = box}, Joint::kThen, {.verb = Verb::kOpen, .object = box}}));
  // Both a block and a box have a top: it is the block, which is named first.
  EXPECT_EQ(name_of(parse("put the block next to the box, then put the toy on it").mission.value()),
            "put the block next to the box, then stack the thing on the block");
  const Mission found = parse("find the red ball in the kitchen and pick it up").mission.value();
  EXPECT_EQ(name_of(found.second.object), "the red ball in the kitchen");
}

TEST(HouseLanguage, SynonymsDigitsAndOtherOrdersOfAdjectivesAreUnderstood) {
  EXPECT_EQ(name_of(parse("fetch the little cyan sphere").mission.value()), "pick up the small cyan ball");
  EXPECT_EQ(name_of(parse("take the red small cup").mission.value()), "pick up the small red mug");
  EXPECT_EQ(name_of(parse("build a line of 4 bricks").mission.value()), "build a row of four blocks");
  EXPECT_EQ(name_of(parse("put 2 teddy bears into the crate").mission.value()), "put two teddies in the box");
  EXPECT_EQ(name_of(parse("hand me the red ball").mission.value()), "give the red ball to your friend");
  EXPECT_EQ(name_of(parse("look at me").mission.value()), "look at your friend");
  EXPECT_EQ(name_of(parse("turn on the light in the hall").mission.value()), "turn on the light switch in the hall");
  EXPECT_EQ(name_of(parse("put the ball on a red cube").mission.value()), "stack the ball on a red cube");
}

}  // namespace
}  // namespace atl::envs::playhouse
