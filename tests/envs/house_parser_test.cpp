// What the parser says to words that it does not understand, and that no words do it harm.
#include "core/random.h"
#include "envs/playhouse/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

namespace atl::envs::playhouse {
namespace {

using ::testing::HasSubstr;

std::string problem_with(const std::string& text) {
  const Parsed parsed = parse(text);
  EXPECT_FALSE(parsed.mission) << text << " is understood as " << name_of(*parsed.mission);
  EXPECT_FALSE(parsed.problem.empty()) << text;
  return parsed.problem;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Either a mission that can be said, or a short, printable reason; and that within the time of many normal calls.
void expect_sane(const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  const Parsed parsed = parse(text);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2)) << text;
  EXPECT_EQ(parsed.mission.has_value(), parsed.problem.empty()) << text;
  EXPECT_TRUE(!parsed.mission || problem_of(*parsed.mission).empty()) << text;
  EXPECT_LT(parsed.problem.size(), 700u) << parsed.problem;
  for (const char c : parsed.problem) EXPECT_TRUE(c >= ' ' && c <= '~') << parsed.problem;
}

TEST(HouseParser, UnknownWordsAreNamedWithTheNearest) {
  EXPECT_EQ(problem_with("go to the red sphare"), "unknown word \"sphare\": did you mean \"sphere\"?");
  EXPECT_THAT(problem_with("pik up the ball"), HasSubstr("unknown word \"pik\": did you mean \"pick\"?"));
  EXPECT_THAT(problem_with("go to the kichen"), HasSubstr("\"kichen\": did you mean \"kitchen\"?"));
  const std::string pink = problem_with("go to the pink ball");
  EXPECT_THAT(pink, HasSubstr("unknown word \"pink\""));
  EXPECT_THAT(pink, HasSubstr("Things are red, orange"));
  EXPECT_THAT(problem_with("build a tower of six blocks"), HasSubstr("the numbers here are two, three, four and five"));
  EXPECT_THAT(problem_with("asdf"), HasSubstr("unknown word \"asdf\": did you mean"));
  EXPECT_THAT(problem_with("turn around"),
              HasSubstr("\"around\": \"turn around\" is not understood: did you mean \"turn"));
  EXPECT_THAT(problem_with("go to the gren cone"), HasSubstr("did you mean \"green\"?"));
}

TEST(HouseParser, WrongStructureIsNamedWithTheNearestTemplate) {
  EXPECT_EQ(problem_with("go the table"), "\"go the table\" is not understood: did you mean \"go to the table\"?");
  EXPECT_EQ(problem_with("put the ball the table"),
            "\"put the ball the table\" is not understood: did you mean \"put the ball on the table\"?");
  EXPECT_THAT(problem_with("stack the cube"), HasSubstr("did you mean \"stack the cube on ...\"?"));
  EXPECT_THAT(problem_with("stack"), HasSubstr("did you mean \"stack ... on ...\"?"));
  EXPECT_THAT(problem_with("push the ball over the door"),
              HasSubstr("did you mean \"push the ball over to the door\"?"));
  EXPECT_THAT(problem_with("jump, then build tower of three blocks"),
              HasSubstr("\"build tower of three blocks\" is not understood: did you mean \"build a tower of three"));
  EXPECT_THAT(problem_with("look the key and jump"),
              HasSubstr("\"look the key\" is not understood: did you mean \"look at"));
}

TEST(HouseParser, MissingArticlesAreNamed) {
  EXPECT_EQ(problem_with("go to kitchen"), "\"go to kitchen\" is not understood: did you mean \"go to the kitchen\"?");
  EXPECT_THAT(problem_with("switch on lamp"), HasSubstr("did you mean \"switch on the lamp\"?"));
  EXPECT_THAT(problem_with("Put small teddy bear in box."), HasSubstr("\"put the small teddy bear in the box\"?"));
  EXPECT_THAT(problem_with("put red ball on small table"), HasSubstr("furniture has no size"));
}

TEST(HouseParser, WhatMakesNoSenseIsToldWithItsReason) {
  EXPECT_EQ(problem_with("open the ball"), "\"open the ball\": only doors and boxes open and close");
  EXPECT_THAT(problem_with("put the ball in the lamp"), HasSubstr("only a box or a basket has an inside"));
  EXPECT_THAT(problem_with("put the ball on the plant"), HasSubstr("table, shelf, bed or closed box"));
  EXPECT_THAT(problem_with("pick up two balls"), HasSubstr("several things at once can only be put"));
  EXPECT_THAT(problem_with("jump and jump"), HasSubstr("the same thing twice"));
  EXPECT_THAT(problem_with("build a wall of three blocks"), HasSubstr("walls and squares are of four blocks"));
  EXPECT_THAT(problem_with("pick it up"), HasSubstr("\"it\" stands for nothing"));
  EXPECT_THAT(problem_with("go to the ball, then open it"), HasSubstr("what \"it\" stands for does not go here"));
}

TEST(HouseParser, SequencesThatAreNotWholeAreNamed) {
  EXPECT_THAT(problem_with("go to the door and then"), HasSubstr("\"and then\" is followed by nothing"));
  EXPECT_THAT(problem_with("first"), HasSubstr("followed by nothing"));
  EXPECT_THAT(problem_with("first jump"), HasSubstr("has no second part"));
  EXPECT_THAT(problem_with("jump, turn left"), HasSubstr("have to be joined by \"and\""));
  EXPECT_THAT(problem_with("jump and turn left and turn right"), HasSubstr("two parts at most"));
  EXPECT_THAT(problem_with("turn left the table"), HasSubstr("\"the table\" after it is not"));
}

TEST(HouseParser, EmptyAndLongTextsAreRefusedByName) {
  for (const char* nothing : {"", "  ", ".", "Please!", "\n\t,"}) {
    EXPECT_THAT(problem_with(nothing), HasSubstr("there is no instruction"));
  }
  EXPECT_THAT(problem_with(std::string(401, 'a')), HasSubstr("400 letters at most, this has 401"));
  std::string words = "jump";
  for (int i = 0; i < 64; ++i) words += " up";
  EXPECT_THAT(problem_with(words), HasSubstr("64 words at most, this has 65"));
  expect_sane(std::string(10'000'000, ' '));
}

TEST(HouseParser, RandomBytesDoNoHarm) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    std::string text(random.below(120), ' ');
    for (char& c : text) c = static_cast<char>(random.below(random.chance(1, 2) ? 256 : 128));
    expect_sane(text);
  }
}

TEST(HouseParser, CutShuffledAndMixedPhrasesDoNoHarm) {
  const std::vector<std::string> phrases = sample_phrases(2000, 3);
  Random random(2);
  const auto any_phrase = [&] { return phrases[random.below(static_cast<std::uint32_t>(phrases.size()))]; };
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = any_phrase();
    expect_sane(text.substr(0, random.below(static_cast<std::uint32_t>(text.size()))));
    std::vector<std::string> words = words_of(text);
    for (std::size_t k = words.size(); k > 1; --k)
      std::swap(words[k - 1], words[random.below(static_cast<std::uint32_t>(k))]);
    expect_sane(joined(words));
    words = words_of(text);
    words.erase(words.begin() + random.below(static_cast<std::uint32_t>(words.size())));
    expect_sane(joined(words));
    expect_sane(any_phrase() + " " + any_phrase());
  }
}

TEST(HouseParser, WordsInAnyOrderDoNoHarm) {
  std::vector<std::string> words;
  for (const std::string& text : sample_phrases(1, 4)) {
    for (std::string& word : words_of(text)) words.push_back(std::move(word));
  }
  Random random(5);
  for (int i = 0; i < 1'000; ++i) {
    std::string text;
    const std::uint32_t n = 1 + random.below(70);
    for (std::uint32_t k = 0; k < n; ++k) text += words[random.below(static_cast<std::uint32_t>(words.size()))] + " ";
    expect_sane(text);
  }
}

// A suggestion without a gap is itself understood.
TEST(HouseParser, SuggestionsAreUnderstood) {
  Random random(6);
  int num_suggestions = 0;
  for (const std::string& text : sample_phrases(2000, 7)) {
    std::vector<std::string> words = words_of(text);
    words.erase(words.begin() + random.below(static_cast<std::uint32_t>(words.size())));
    const std::string problem = parse(joined(words)).problem;
    const std::string intro = "is not understood: did you mean \"";
    const std::size_t begin = problem.find(intro);
    if (begin == std::string::npos || problem.find("...") != std::string::npos) continue;
    const std::string suggestion = problem.substr(begin + intro.size(), problem.size() - begin - intro.size() - 2);
    // "it" alone stands for nothing: the suggestion is of one clause.
    if (suggestion.find(" it") != std::string::npos) continue;
    EXPECT_TRUE(parse(suggestion).mission) << suggestion << "\n" << parse(suggestion).problem;
    ++num_suggestions;
  }
  EXPECT_GT(num_suggestions, 200);
}

}  // namespace
}  // namespace atl::envs::playhouse
