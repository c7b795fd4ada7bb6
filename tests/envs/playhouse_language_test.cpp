#include "envs/playhouse/language.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace atl::envs::playhouse {
namespace {

std::set<std::string> words_of(const std::vector<std::string>& phrases) {
  std::set<std::string> words;
  for (const std::string& phrase : phrases) {
    std::istringstream stream(phrase);
    for (std::string word; stream >> word;) words.insert(word);
  }
  return words;
}

TEST(PlayhouseLanguage, HeldOutPhrasesUseOnlyTrainedWords) {
  const std::set<std::string> trained = words_of(all_phrases(PhraseSet::kTraining));
  for (const std::string& word : words_of(all_phrases(PhraseSet::kHeldOut))) EXPECT_EQ(trained.count(word), 1u) << word;
}

TEST(PlayhouseLanguage, SetsAreDisjointAndEveryPhraseMeansOneThing) {
  std::set<std::string> seen;
  for (const PhraseSet set : {PhraseSet::kTraining, PhraseSet::kHeldOut}) {
    for (const std::string& text : all_phrases(set)) {
      EXPECT_TRUE(seen.insert(text).second) << text << " is said twice";
      const auto meaning = understand(text);
      ASSERT_TRUE(meaning) << text;
      EXPECT_EQ(meaning->set, set) << text;
    }
  }
}

TEST(PlayhouseLanguage, TrainingNeverNamesAHeldOutPair) {
  for (const std::string& text : all_phrases(PhraseSet::kTraining)) EXPECT_FALSE(is_held_out(understand(text)->kind));
}

TEST(PlayhouseLanguage, EveryFamilyHasManyPhrasings) {
  const Kind kind{Colour::kPurple, Shape::kCone};
  for (const Family family : {Family::kGoTo, Family::kLookAt, Family::kPickUp}) {
    std::set<std::string> trained;
    std::set<std::string> held_out;
    Random random(7);
    for (int i = 0; i < 500; ++i) {
      trained.insert(phrase(family, kind, PhraseSet::kTraining, random));
      held_out.insert(phrase(family, kind, PhraseSet::kHeldOut, random));
    }
    EXPECT_GE(trained.size(), 8u);
    EXPECT_GE(held_out.size(), 3u);
    for (const std::string& text : trained) EXPECT_EQ(understand(text)->family, family) << text;
    for (const std::string& text : held_out) EXPECT_EQ(understand(text)->family, family) << text;
  }
}

TEST(PlayhouseLanguage, SynonymsMeanTheirShape) {
  EXPECT_EQ(understand("fetch the green crate")->kind, (Kind{Colour::kGreen, Shape::kBox}));
  EXPECT_EQ(understand("watch the cyan sphere")->kind, (Kind{Colour::kCyan, Shape::kBall}));
  EXPECT_FALSE(understand("go to the pink box"));
  EXPECT_FALSE(understand(""));
}

}  // namespace
}  // namespace atl::envs::playhouse
