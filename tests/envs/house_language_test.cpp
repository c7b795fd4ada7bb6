// The language of the house: missions to words and back, held-out sets, samples.
#include "core/error.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/lexicon.h"
#include "envs/playhouse/speaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace atl::envs::playhouse {
namespace {

constexpr int kNumMissions = 100'000;

template <class Enum>
Enum draw(Random& random, int count) {
  return static_cast<Enum>(random.below(static_cast<std::uint32_t>(count)));
}

Noun random_noun(Random& random) {
  switch (random.below(8)) {
    case 0: return AnyThing{};
    case 1: return OtherPlayer{};
    case 2:
    case 3:
    case 4: return draw<Shape>(random, 10);
    default: return draw<FixtureKind>(random, 12);
  }
}

NounPhrase random_noun_phrase(Random& random) {
  NounPhrase np{.noun = random_noun(random)};
  if (random.chance(1, 3)) np.size = draw<Size>(random, 2);
  if (random.chance(1, 2)) np.colour = draw<Colour>(random, 8);
  if (random.chance(1, 2)) {
    np.location.kind = draw<Location::Kind>(random, 8);
    if (np.location.kind == Location::Kind::kInRoom) np.location.room = draw<RoomName>(random, 6);
    if (np.location.kind >= Location::Kind::kOn) np.location.fixture = draw<FixtureKind>(random, 12);
  }
  np.is_definite = random.chance(2, 3);
  if (!np.is_definite) np.count = static_cast<std::uint8_t>(random.between(1, 3));
  return np;
}

// Whether a verb has an object and a place, as goal.h says.
bool has_object(Verb verb) {
  static const std::set<Verb> kWithout{Verb::kTurnLeft,  Verb::kTurnRight, Verb::kWalkForward, Verb::kWalkBack,
                                       Verb::kJump,      Verb::kEnter,     Verb::kBuild,       Verb::kOpenMenu,
                                       Verb::kCloseMenu, Verb::kOpenBag,   Verb::kCloseBag,    Verb::kSetting,
                                       Verb::kBothStand, Verb::kHoldOpen};
  return kWithout.count(verb) == 0;
}
bool has_place(Verb verb) { return verb == Verb::kPut || verb == Verb::kPush || verb == Verb::kStack; }

// Any clause that can be said, of a verb that is drawn evenly.
Clause random_clause(Random& random) {
  const auto verb = draw<Verb>(random, kNumVerbs);
  for (;;) {
    Clause c{.verb = verb};
    if (has_object(verb)) c.object = random_noun_phrase(random);
    if (verb == Verb::kDrop && random.chance(1, 20)) c.object = {};
    if (has_place(verb)) c.place = random_noun_phrase(random);
    if (verb == Verb::kPut) c.relation = draw<Relation>(random, 6);
    if (verb == Verb::kEnter || verb == Verb::kFind) c.room = draw<RoomName>(random, 6);
    if (verb == Verb::kBuild) {
      c.structure = draw<Structure>(random, 4);
      c.count = static_cast<std::uint8_t>(random.between(2, 5));
      if (random.chance(1, 2)) c.colour = draw<Colour>(random, 8);
    }
    if (verb == Verb::kSetting) {
      c.setting = draw<Setting>(random, 3);
      c.is_on = random.chance(1, 2);
    }
    if (problem_of(c).empty()) return c;
  }
}

// Any mission that can be said; in half of the sequences the second clause speaks of what the first does, so that "it"
// is said often.
Mission random_mission(Random& random) {
  for (;;) {
    Mission m{.first = random_clause(random)};
    if (random.chance(1, 2)) {
      m.joint = static_cast<Joint>(random.between(1, 3));
      m.second = random_clause(random);
      if (random.chance(1, 2) && has_object(m.second.verb)) m.second.object = m.first.object;
      if (random.chance(1, 4) && has_object(m.second.verb) && has_place(m.first.verb)) m.second.object = m.first.place;
      if (random.chance(1, 4) && has_place(m.second.verb)) m.second.place = m.first.object;
    }
    if (problem_of(m).empty()) return m;
  }
}

std::set<std::string> words_of(const std::vector<std::string>& phrases) {
  std::set<std::string> words;
  for (std::string phrase : phrases) {
    std::replace(phrase.begin(), phrase.end(), ',', ' ');
    std::istringstream stream(phrase);
    for (std::string word; stream >> word;) words.insert(word);
  }
  return words;
}

NounPhrase red_ball() { return {.noun = Shape::kBall, .colour = Colour::kRed}; }

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

// ---- Templates

TEST(HouseLanguage, EachClauseHasFiveToTwentyParaphrasesAndHeldOutOnes) {
  Random random(5);
  for (int v = 0; v < kNumVerbs; ++v) {
    const auto verb = static_cast<Verb>(v);
    const auto count = [&](PhraseSet set, const Clause& clause) {
      const auto& templates = lexicon().by_verb[static_cast<std::size_t>(v)][static_cast<std::size_t>(set)];
      return std::count_if(templates.begin(), templates.end(), [&](const Template* t) { return suits(*t, clause); });
    };
    for (int i = 0; i < 50; ++i) {
      Clause clause;
      do clause = random_clause(random);
      while (clause.verb != verb || clause.object.location.kind != Location::Kind::kNone);
      const auto trained = count(PhraseSet::kTraining, clause);
      const auto held_out = count(PhraseSet::kHeldOut, clause);
      const std::string name = name_of(Mission{.first = clause});
      EXPECT_GE(trained, 5) << name;
      EXPECT_GE(held_out, 1) << name;
      EXPECT_LE(trained + held_out, 20) << name;
    }
  }
  EXPECT_GE(num_templates(), 150);
}

TEST(HouseLanguage, HeldOutTemplatesUseOnlyTrainedWords) {
  const std::set<std::string> trained = words_of(sample_phrases(1, 1));
  Random random(6);
  std::vector<std::string> held_out;
  for (int i = 0; i < 20'000; ++i) held_out.push_back(phrase(random_mission(random), PhraseSet::kHeldOut, random));
  for (const std::string& word : words_of(held_out)) EXPECT_EQ(trained.count(word), 1u) << word;
}

TEST(HouseLanguage, MissionsThatMakeNoSenseAreNotSaid) {
  Random random(7);
  const Mission closed_ball{.first = {.verb = Verb::kClose, .object = red_ball()}};
  EXPECT_THROW(static_cast<void>(phrase(closed_ball, PhraseSet::kTraining, random)), Error);
  EXPECT_THROW(static_cast<void>(name_of(closed_ball)), Error);
}

// ---- Goals

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
    if (t.set != PhraseSet::kHeldOut) continue;
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

// ---- Samples and documentation

TEST(HouseLanguage, SamplesAreTrainingPhrasesAndHoldEveryWord) {
  const std::vector<std::string> sample = sample_phrases(3000, 9);
  EXPECT_GE(sample.size(), 3000u);
  EXPECT_EQ(sample, sample_phrases(3000, 9));
  EXPECT_NE(sample, sample_phrases(3000, 10));
  for (const std::string& text : sample) {
    const Parsed parsed = parse(text);
    ASSERT_TRUE(parsed.mission) << text << "\n" << parsed.problem;
    EXPECT_EQ(parsed.set, PhraseSet::kTraining) << text;
    EXPECT_FALSE(mentions_held_out_pair(*parsed.mission)) << text;
    EXPECT_FALSE(is_held_out_composition(*parsed.mission)) << text;
  }
  Random random(11);
  std::vector<std::string> phrases;
  for (int i = 0; i < 20'000; ++i) phrases.push_back(phrase(random_mission(random), PhraseSet::kTraining, random));
  const std::set<std::string> words = words_of(sample_phrases(1, 12));
  for (const std::string& word : words_of(phrases)) EXPECT_EQ(words.count(word), 1u) << word;
}

TEST(HouseLanguage, DescriptionShowsTemplatesNounsAndHeldOutSets) {
  const std::string text = describe_grammar();
  for (const char* part : {"`go to {object}`", "*held out:* `turn and face {object}`", "| ball | balls | `sphere` |",
                           "red ball", "*look at* and *put*", "`after you {second}, {first}`", "`living room`"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace atl::envs::playhouse
