// What to tell a person whose words are not understood: which of them, and the nearest that would be.
#pragma once

#include "envs/playhouse/clause_reader.h"
#include "envs/playhouse/utterance.h"

#include <string>

namespace atl::envs::playhouse {

/// About the first word that is in no phrase: the nearest one that could stand there or, where none is near, the
/// nearest template. Empty if all are known. `reader` reads said.words.
[[nodiscard]] std::string refuse_words(const Utterance& said, ClauseReader& reader);

/// The words with "the" before the nouns that lack it: "go to kitchen" is "go to the kitchen"; the same if none does.
[[nodiscard]] std::string with_articles(const Utterance& said);

/// About words that are known but do not form an instruction, with the nearest template, its parts filled in from
/// `said`. `reader` has read said.words; these are no mission.
[[nodiscard]] std::string refuse_structure(const Utterance& said, ClauseReader& reader);

}  // namespace atl::envs::playhouse
