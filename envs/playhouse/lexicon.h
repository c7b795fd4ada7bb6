// The phrase book, compiled once: words as numbers, templates as lists of words and slots. Read by the generator and
// the parser; any number of threads at once.
#pragma once

#include "envs/playhouse/grammar.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace atl::envs::playhouse {

using Word = std::uint16_t;
inline constexpr Word kUnknownWord = 0xffff;

/// One way to say something. The text lives for ever.
struct Saying {
  std::string_view text;
  std::vector<Word> words;
};
using Sayings = std::vector<Saying>;  // the plain one first

struct NounForms {
  Saying one;
  Saying several;  // empty of the other player, whose `one` is a whole noun phrase
};
struct NounEntry {
  Noun noun;
  bool is_light = false;  // a light switch by the name of its light: only of {light}
  std::vector<NounForms> forms;
};

/// A place in a template for a part that varies; the last two are a joint's clauses.
enum class Slot : std::uint8_t {
  kObject,
  kPlace,
  kLight,
  kRoom,
  kRelation,
  kStructure,
  kBlocks,
  kSetting,
  kSwitch,
  kFriend,
  kBag,
  kFirst,
  kSecond,
};
inline constexpr std::array<std::string_view, 13> kSlotNames{"object",    "place",  "light",   "room",   "relation",
                                                             "structure", "blocks", "setting", "switch", "friend",
                                                             "bag",       "first",  "second"};

struct Element {
  std::optional<Slot> slot{};
  Word word = kUnknownWord;  // where there is no slot
  bool has_comma = false;    // written after it
};

struct Template {
  Verb verb = Verb::kGoTo;
  PhraseSet set = PhraseSet::kTraining;
  std::string_view text{};
  std::vector<Element> elements{};
  bool has_object = false;   // {object} or {light}
  bool is_light = false;     // {light}
  bool takes_it = false;     // "it" may stand for its object: "pick it up", but not "pick up it"
  bool wants_short = false;  // a particle closes it: "pick {object} up" is no good with "the ball on the table"
};

struct JointTemplate {
  Joint joint = Joint::kNone;
  std::string_view text{};
  std::vector<Element> elements{};
  // What is written around the clauses, for the parser.
  std::vector<Word> before, between, after;
  bool second_comes_first = false;
};

struct Lexicon {
  std::vector<std::string_view> words;  // by number
  std::unordered_map<std::string_view, Word> numbers;

  std::vector<Template> templates;
  std::array<std::array<std::vector<const Template*>, 2>, kNumVerbs> by_verb;  // by PhraseSet
  std::vector<std::vector<const Template*>> by_first_word;
  std::vector<JointTemplate> joints;
  std::array<std::vector<const JointTemplate*>, 4> by_joint;

  std::vector<NounEntry> nouns;  // in the order of all_nouns(), then the light
  Sayings colours, friends, bags;
  std::vector<Sayings> sizes, rooms, relations, locations, structures, settings, switches;
  std::vector<Sayings> numbers_from_two;  // "two" or "2", ...
  Word the{}, a{}, an{}, any{}, one{}, of{}, it{};

  /// kUnknownWord where it is in no phrase.
  [[nodiscard]] Word find(std::string_view word) const;
  [[nodiscard]] const NounEntry& entry_of(const Noun& noun) const;
  [[nodiscard]] const NounEntry& light() const { return nouns.back(); }
};
[[nodiscard]] const Lexicon& lexicon();

/// Whether `words` continue with `saying` at `begin`.
[[nodiscard]] bool says(std::span<const Word> words, std::size_t begin, std::span<const Word> saying);

}  // namespace atl::envs::playhouse
