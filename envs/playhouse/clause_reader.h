// Reads clauses and noun phrases out of words: every way that the phrase book allows, from any place on. What has been
// read once is kept, so that templates share it. Of one text; not for two threads.
#pragma once

#include "envs/playhouse/lexicon.h"
#include "envs/playhouse/pronoun.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

struct NounReading {
  NounPhrase phrase{};
  std::size_t end = 0;    // index of the word behind it
  bool is_light = false;  // named by NounEntry::is_light
};

struct ClauseReading {
  Clause clause{};
  std::size_t end = 0;
  PhraseSet set = PhraseSet::kTraining;
  ItPart it = ItPart::kNone;   // a part that was said as "it", still to be resolved
  std::string_view problem{};  // of the clause (problem_of); empty where "it" hides what it would be
};

class ClauseReader {
 public:
  /// `words` is borrowed.
  ClauseReader(const Lexicon& lexicon, std::span<const Word> words);

  /// All clauses that begin at `begin`, wherever they end; also those that problem_of refuses. Valid until the next
  /// call for another place; the same for noun phrases.
  [[nodiscard]] const std::vector<ClauseReading>& clauses_at(std::size_t begin);
  [[nodiscard]] const std::vector<NounReading>& nouns_at(std::size_t begin);

  /// `so_far` with every way to fill `slot` of `t` with the words from so_far.end on.
  [[nodiscard]] std::vector<ClauseReading> fill(const Template& t, Slot slot, const ClauseReading& so_far);

 private:
  void match(const Template& t, std::size_t element, ClauseReading so_far, std::vector<ClauseReading>& found);
  void fill_noun(const Template& t, Slot slot, const ClauseReading& so_far, std::vector<ClauseReading>& found);
  void fill_blocks(ClauseReading so_far, std::vector<ClauseReading>& found);

  void read_after_determiner(NounReading so_far, bool is_plural, std::vector<NounReading>& found);
  void read_locations(NounReading so_far, std::vector<NounReading>& found);

  [[nodiscard]] bool says(std::size_t begin, const Saying& saying) const;
  /// The colour, number, ... that is said at `begin`, by index; its words are skipped in `begin`.
  [[nodiscard]] std::optional<std::size_t> skip_one_of(const Sayings& ways, std::size_t& begin) const;
  [[nodiscard]] std::optional<std::size_t> skip_one_of(const std::vector<Sayings>& table, std::size_t& begin) const;
  [[nodiscard]] bool is_word(std::size_t index, Word word) const;

  const Lexicon& lexicon_;
  std::span<const Word> words_;
  std::vector<std::optional<std::vector<ClauseReading>>> clauses_;
  std::vector<std::optional<std::vector<NounReading>>> nouns_;
};

}  // namespace atl::envs::playhouse
