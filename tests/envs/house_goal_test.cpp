// Goals of the house: what makes sense, and what is held out.
#include "core/random.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/lexicon.h"
#include "tests/envs/random_missions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::envs::playhouse {
namespace {

TEST(HouseGoal, ProblemsNameWhatIsWrong) {
  using ::testing::HasSubstr;
  const Location on_table{.kind = Location::Kind::kOn, .fixture = FixtureKind::kTable};
  const auto problem = [](const Clause& clause) { return std::string(problem_of(Mission{.first = clause})); };
  EXPECT_THAT(problem({.verb = Verb::kOpen, .object = red_ball()}), HasSubstr("doors and boxes"));
  EXPECT_THAT(problem({.verb = Verb::kPut, .object = red_ball(), .relation = Relation::kIn, .place = red_ball()}),
              HasSubstr("itself"));
  EXPECT_THAT(problem({.verb = Verb::kPut,
                       .object = red_ball(),
                       .relation = Relation::kIn,
                       .place = {.noun = FixtureKind::kTable}}),
              HasSubstr("a box or a basket"));
  EXPECT_THAT(problem({.verb = Verb::kStack, .object = red_ball(), .place = {.noun = Shape::kCone}}),
              HasSubstr("flat top"));
  EXPECT_THAT(problem({.verb = Verb::kPickUp, .object = {.noun = Shape::kKey, .is_definite = false, .count = 2}}),
              HasSubstr("several"));
  EXPECT_THAT(problem({.verb = Verb::kDrop, .object = {.noun = Shape::kKey, .location = on_table}}),
              HasSubstr("in the hand"));
  EXPECT_THAT(problem({.verb = Verb::kGoTo, .object = {.noun = Shape::kBlock, .size = Size::kBig}}),
              HasSubstr("one size"));
  EXPECT_THAT(problem({.verb = Verb::kGoTo, .object = {.noun = FixtureKind::kBed, .location = on_table}}),
              HasSubstr("floor"));
  EXPECT_THAT(problem({.verb = Verb::kGoTo, .object = {.noun = FixtureKind::kBed, .colour = Colour::kRed}}),
              HasSubstr("boxes and buttons"));
  EXPECT_THAT(problem({.verb = Verb::kBuild, .structure = Structure::kWall, .count = 5}), HasSubstr("four blocks"));
  EXPECT_THAT(problem({.verb = Verb::kJump, .room = RoomName::kHall}), HasSubstr("room"));
  const Mission both_then{.first = {.verb = Verb::kJump}, .joint = Joint::kThen, .second = {.verb = Verb::kBothStand}};
  EXPECT_THAT(std::string(problem_of(both_then)), HasSubstr("one at a time"));
}

TEST(HouseGoal, EachToyShapeHasOneHeldOutColour) {
  std::set<Colour> colours;
  for (int s = 0; s < kNumToyShapes; ++s) {
    int n = 0;
    for (int c = 0; c < 8; ++c) {
      if (!is_held_out_pair(static_cast<Colour>(c), static_cast<Shape>(s))) continue;
      colours.insert(static_cast<Colour>(c));
      ++n;
    }
    EXPECT_EQ(n, 1) << kShapeNames[static_cast<std::size_t>(s)];
  }
  EXPECT_EQ(colours.size(), kColourNames.size());
  EXPECT_TRUE(is_held_out_pair(Colour::kRed, Shape::kBall));
  EXPECT_TRUE(is_held_out_pair(Colour::kGreen, Shape::kCone));
  EXPECT_TRUE(is_held_out_pair(Colour::kBlue, Shape::kCube));
  EXPECT_TRUE(is_held_out_pair(Colour::kYellow, Shape::kCylinder));
  for (int c = 0; c < 8; ++c) EXPECT_FALSE(is_held_out_pair(static_cast<Colour>(c), Shape::kBlock));
}

// What results of this version of the world are about: whoever changes one of these makes them incomparable, and has to
// say so with another version (playhouse.cpp).
TEST(HouseGoal, HeldOutSetsAreThoseOfVersionThree) {
  std::string pairs;
  for (int s = 0; s < kNumToyShapes; ++s) {
    for (std::size_t c = 0; c < kColourNames.size(); ++c) {
      if (!is_held_out_pair(static_cast<Colour>(c), static_cast<Shape>(s))) continue;
      pairs += std::string(kColourNames[c]) + " " + std::string(kShapeNames[static_cast<std::size_t>(s)]) + "\n";
    }
  }
  EXPECT_EQ(pairs,
            "red ball\nblue cube\nyellow cylinder\ngreen cone\nwhite duck\norange mug\ncyan book\npurple key\nred "
            "teddy\n");
  std::string families;
  for (const auto& [a, b] : held_out_families()) {
    families += std::string(kFamilyNames[static_cast<std::size_t>(a)]) + ", " +
                std::string(kFamilyNames[static_cast<std::size_t>(b)]) + "\n";
  }
  EXPECT_EQ(families,
            "look at, put\ngo to, switch\nrooms, build\npick up, open\ndrop, menu\npush, open\nput, menu\npush, "
            "switch\n");
  int num_templates = 0;
  std::uint64_t hash = 0;
  for (const Template& t : lexicon().templates) {
    if (t.set != PhraseSet::kHeldOut || t.verb == Verb::kGoBack) continue;  // later, and at another level
    ++num_templates;
    for (const char c : t.text) hash = mix_bits(hash ^ static_cast<std::uint8_t>(c));
  }
  EXPECT_EQ(num_templates, 70);
  EXPECT_EQ(hash, 10039813639275267374u);
}

TEST(HouseGoal, HeldOutCompositionsHaveTrainedParts) {
  const Mission look_then_put = parse("look at the blue ball, then put the blue ball on the table").mission.value();
  EXPECT_TRUE(is_held_out_composition(look_then_put));
  EXPECT_TRUE(is_held_out_composition(parse("put the blue ball on the table and look at the door").mission.value()));
  EXPECT_FALSE(is_held_out_composition({.first = look_then_put.first}));
  EXPECT_FALSE(is_held_out_composition({.first = look_then_put.second}));
  EXPECT_TRUE(is_held_out_composition(parse("go to the small ball on the table").mission.value()));
  EXPECT_FALSE(is_held_out_composition(parse("go to the blue ball on the table").mission.value()));
  EXPECT_FALSE(is_held_out_composition(parse("go to the small blue ball").mission.value()));
  // Each family still meets nearly all others in training.
  for (int a = 0; a < kNumSoloFamilies - 1; ++a) {
    int num_held_out = 0;
    for (const auto& [b, c] : held_out_families())
      num_held_out += b == static_cast<Family>(a) || c == static_cast<Family>(a);
    EXPECT_GE(num_held_out, 1) << kFamilyNames[static_cast<std::size_t>(a)];
    EXPECT_LE(num_held_out, 2) << kFamilyNames[static_cast<std::size_t>(a)];
  }
}

TEST(HouseGoal, TwoPlayersAreNeededForTheirVerbsAndForFriends) {
  EXPECT_TRUE(needs_two_players(parse("give the key to your friend").mission.value()));
  EXPECT_TRUE(needs_two_players(parse("open the door and look at your friend").mission.value()));
  EXPECT_FALSE(needs_two_players(parse("open the door and look at the key").mission.value()));
}

}  // namespace
}  // namespace atl::envs::playhouse
