// The phrases of the house: templates, samples, and how they are described.
#include "core/error.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/lexicon.h"
#include "envs/playhouse/speaker.h"
#include "tests/envs/random_missions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace atl::envs::playhouse {
namespace {

// ---- Templates

TEST(HousePhrases, EachClauseHasFiveToTwentyParaphrasesAndHeldOutOnes) {
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

TEST(HousePhrases, HeldOutTemplatesUseOnlyTrainedWords) {
  const std::set<std::string> trained = words_of(sample_phrases(1, 1));
  Random random(6);
  std::vector<std::string> held_out;
  for (int i = 0; i < 20'000; ++i) held_out.push_back(phrase(random_mission(random), PhraseSet::kHeldOut, random));
  for (const std::string& word : words_of(held_out)) EXPECT_EQ(trained.count(word), 1u) << word;
}

TEST(HousePhrases, MissionsThatMakeNoSenseAreNotSaid) {
  Random random(7);
  const Mission closed_ball{.first = {.verb = Verb::kClose, .object = red_ball()}};
  EXPECT_THROW(static_cast<void>(phrase(closed_ball, PhraseSet::kTraining, random)), Error);
  EXPECT_THROW(static_cast<void>(name_of(closed_ball)), Error);
}

// ---- Samples and documentation

TEST(HousePhrases, SamplesAreTrainingPhrasesAndHoldEveryWord) {
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

TEST(HousePhrases, DescriptionShowsTemplatesNounsAndHeldOutSets) {
  const std::string text = describe_grammar();
  for (const char* part : {"`go to {object}`", "*held out:* `turn and face {object}`", "| ball | balls | `sphere` |",
                           "red ball", "*look at* and *put*", "`after you {second}, {first}`", "`living room`"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace atl::envs::playhouse
