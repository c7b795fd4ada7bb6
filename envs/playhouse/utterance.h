// A person's text cut into words, as the parser and its refusals see it.
#pragma once

#include "envs/playhouse/lexicon.h"

#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

inline constexpr std::size_t kMaxTextBytes = 400;
inline constexpr std::size_t kMaxTextWords = 64;

/// Lower case, without punctuation and "please". Tokens point into `text`: not to be moved.
struct Utterance {
  explicit Utterance(std::string_view raw);
  Utterance(const Utterance&) = delete;
  Utterance& operator=(const Utterance&) = delete;

  /// The words begin .. end - 1 with spaces between, as they go into messages: printable, cut where they are long.
  [[nodiscard]] std::string shown(std::size_t begin, std::size_t end) const;

  std::string text;
  std::vector<std::string_view> tokens;
  std::vector<Word> words;  // kUnknownWord where the phrase book lacks it
};

}  // namespace atl::envs::playhouse
