// Text as ids of a pretrained BERT-like encoder: uncased basic tokenisation, then WordPiece. Used by the sources of
// agent/ only.
//
// BERT (arXiv 1810.04805, section 3; WordPiece: arXiv 1609.08144, section 4.1) as the package tokenizers does it:
// control characters leave, letters become lower case without accents, punctuation and ideographs are words of their
// own, and each word is cut into the longest pieces of the vocabulary from its start on; a word that cannot be cut, or
// has more than 100 characters, is [UNK]. Differences: names of special tokens in a text are text; ideographs for
// compatibility and composed musical symbols are not taken apart; bytes that are no UTF-8 leave. Immutable after
// creation: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace atl::agent {

class WordPiece {
 public:
  /// From the bytes of a vocab.txt: a piece a line, its id is the number of the line from 0 on; pieces inside of words
  /// begin with ##. `name` stands for the file in messages. Throws Error(kFormat) naming the line that is empty or
  /// repeats another, or the special token that is missing: [PAD], [UNK], [CLS], [SEP].
  WordPiece(std::string_view vocabulary, const std::string& name);

  /// Ids of `text` in order, between those of [CLS] and [SEP]; only these two for an empty text.
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text) const;

  [[nodiscard]] int vocabulary_size() const { return static_cast<int>(ids_.size()); }
  [[nodiscard]] std::int64_t padding() const { return padding_; }

 private:
  void append_word(const std::u32string& word, std::vector<std::int64_t>& ids) const;

  std::unordered_map<std::string, std::int64_t> ids_;
  std::int64_t padding_ = 0;
  std::int64_t unknown_ = 0;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace atl::agent
