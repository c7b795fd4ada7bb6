// The language of the house: missions to words and words to missions.
//
// Each clause has 5 to 20 paraphrases (templates with places for its parts), some of them held out: their words all
// occur in training templates, their combination does not. Nouns have synonyms (sphere, crate, barrel, ...). About 270
// templates in all; they are written down in phrase_book.cpp. docs/playhouse.md shows the whole of it, made by
// `describe_grammar`. Every function here may be called by any number of threads.
#pragma once

#include "core/random.h"
#include "envs/playhouse/goal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

enum class PhraseSet : std::uint8_t { kTraining, kHeldOut };

/// `mission` in words, lower case, without a full stop. Templates and synonyms are drawn with numbers from `random`;
/// where the second clause speaks of what the first did, it may say "it". kHeldOut: each clause takes a held-out
/// template. Throws Error(kInternal) for a mission that problem_of refuses.
[[nodiscard]] std::string phrase(const Mission& mission, PhraseSet set, Random& random);

/// The plain way to say it: first template, first synonym. Different missions, different texts; used as the name of a
/// goal (Task::target).
[[nodiscard]] std::string name_of(const Mission& mission);
/// "the small red ball on the table"
[[nodiscard]] std::string name_of(const NounPhrase& object);
/// "small red ball"; a block has no size.
[[nodiscard]] std::string name_of(Kind kind);

/// What a person's words mean, or why they mean nothing here. Takes any case, "please" and punctuation, digits for
/// numbers, adjectives in either order. parse(phrase(m, ...)) and parse(name_of(m)) are m, whatever was drawn.
struct Parsed {
  std::optional<Mission> mission;
  PhraseSet set = PhraseSet::kTraining;  // kHeldOut: said with a held-out template
  /// Without a mission: which word or part is not understood, and the nearest thing that is ('unknown word "sphare":
  /// did you mean "sphere"?', '"go" what to do with "the table": did you mean "go to the table"?').
  std::string problem;
};
/// Never throws for any bytes; 400 of them and 64 words at most.
[[nodiscard]] Parsed parse(std::string_view text);

/// Training phrases that hold every training template, noun, adjective and connective: what a tokenizer is trained on.
/// At least `count`, the same for the same numbers.
[[nodiscard]] std::vector<std::string> sample_phrases(std::size_t count, std::uint64_t seed);

/// Every template by family and verb, held-out ones marked, every noun with its synonyms: Markdown.
[[nodiscard]] std::string describe_grammar();
/// Paraphrases of clauses, held-out ones included; those of joints and nouns are not counted.
[[nodiscard]] int num_templates();

}  // namespace atl::envs::playhouse
