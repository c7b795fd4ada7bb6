// The template that is nearest to words which are no clause: what they may have been meant to be.
#pragma once

#include "envs/playhouse/clause_reader.h"
#include "envs/playhouse/utterance.h"

#include <string>

namespace atl::envs::playhouse {

/// The training template that takes the fewest words added to or left out of the words begin .. end - 1, with its parts
/// filled in from them and "..." where they hold none: "go the table" gives "go to the table", "stack the cube" gives
/// "stack the cube on ...". What is filled in whole can be understood. `reader` reads said.words.
[[nodiscard]] std::string nearest_clause(const Utterance& said, std::size_t begin, std::size_t end,
                                         ClauseReader& reader);

}  // namespace atl::envs::playhouse
