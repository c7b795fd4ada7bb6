// Instructions as numbers, of one of three kinds. The model's own vocabulary: SentencePiece (arXiv 1808.06226), trained
// on the instructions of a run; words by default, because grounding goes word by word. Or that of a published text
// encoder: WordPiece for MiniLM, T5's SentencePiece. Stored beside the weights. Immutable after creation: any thread.
//
// For an own vocabulary texts are folded to lower case and ASCII punctuation becomes space, so that "Go to the red
// ball!" and "go to the red ball" are one instruction. Words that training never saw are left out: an unknown word says
// nothing.
#pragma once

#include "agent/model_config.h"
#include "core/config.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::agent {

struct TokenizerOptions {
  std::string model_type = "word";  // "word", or "unigram": pieces of words
  int vocab_size = 512;             // largest number of tokens, padding and unknown included
};

void describe(ConfigVisitor& v, TokenizerOptions& options);

enum class TokenizerKind { kOwn, kWordPiece, kT5 };

class Tokenizer {
 public:
  static constexpr std::int64_t kPadding = 0;
  static constexpr std::int64_t kUnknown = 1;  // of an own vocabulary; never leaves `encode`

  /// From bytes of `serialise`: a SentencePiece model, or for kWordPiece a vocab.txt. Throws Error(kFormat) if they are
  /// not, or if the padding id is not 0.
  explicit Tokenizer(std::string_view bytes, TokenizerKind kind = TokenizerKind::kOwn);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Known tokens of `text`, in order, none of them padding, without marks of beginning and end. Empty for an empty
  /// text.
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text) const;

  /// Writes the tokens of `text` to `ids` and fills the rest with kPadding: the mask is `id != kPadding`. Throws
  /// Error(kContract) if they are more than `ids` holds.
  void encode_padded(std::string_view text, std::span<std::int64_t> ids) const;

  /// The text of `ids` of a SentencePiece vocabulary, padding left out; folded, so not always what was encoded.
  [[nodiscard]] std::string decode(std::span<const std::int64_t> ids) const;

  /// Number of ids, padding and unknown included: rows of an embedding.
  [[nodiscard]] int vocabulary_size() const;

  /// The model as SentencePiece writes it (a `.model` file that its own tools read), or the vocab.txt.
  [[nodiscard]] const std::string& serialise() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of the vocabulary that a model reads.
[[nodiscard]] TokenizerKind tokenizer_kind(const ModelConfig& config);

/// Trains on `texts`; the same texts in the same order give the same bytes. Throws Error(kConfig) if there is no word
/// in them, or if unigram training asks for more pieces than they have.
[[nodiscard]] Tokenizer train_tokenizer(std::span<const std::string> texts, const TokenizerOptions& options);

}  // namespace atl::agent
