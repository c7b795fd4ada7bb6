#include "agent/tokenizer.h"

#include "agent/wordpiece.h"
#include "core/error.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

namespace atl::agent {
namespace {

// Texts whose tokens are kept: a batch of pictures has the same few hundred again and again, and SentencePiece takes
// longer for one than the copy of its picture.
constexpr std::size_t kMostKept = 65'536;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// ASCII only: SentencePiece's nmt_nfkc_cf folds the rest of Unicode.
std::string fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_word = byte >= 0x80 || (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
    if (is_word)
      folded.push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : c);
    else if (!folded.empty() && folded.back() != ' ')
      folded.push_back(' ');
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

// SentencePiece reads its training texts through this.
class Texts final : public sentencepiece::SentenceIterator {
 public:
  explicit Texts(std::span<const std::string> texts) : texts_(texts) {}
  [[nodiscard]] bool done() const override { return next_ >= texts_.size(); }
  void Next() override { ++next_; }
  [[nodiscard]] const std::string& value() const override { return texts_[next_]; }
  [[nodiscard]] sentencepiece::util::Status status() const override { return {}; }

 private:
  std::span<const std::string> texts_;
  std::size_t next_ = 0;
};

}  // namespace

void describe(ConfigVisitor& v, TokenizerOptions& o) {
  v.field("model_type", &o.model_type, {.one_of = {"word", "unigram"}});
  v.field("vocab_size", &o.vocab_size, {.min = 3, .max = 1000000});
}

struct Tokenizer::State {
  std::string bytes;
  TokenizerKind kind = TokenizerKind::kOwn;
  sentencepiece::SentencePieceProcessor processor;  // but for kWordPiece
  std::optional<WordPiece> pieces;                  // for kWordPiece
  std::shared_mutex mutex;
  std::unordered_map<std::string, std::vector<std::int64_t>, TextHash, std::equal_to<>> kept;  // guarded by mutex

  void load_sentencepiece();
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text) const;
};

void Tokenizer::State::load_sentencepiece() {
  const sentencepiece::util::Status status = processor.LoadFromSerializedProto(bytes);
  if (!status.ok() || bytes.empty())
    fail(ErrorKind::kFormat, "cannot read the tokenizer: {} bytes are no SentencePiece model: {}", bytes.size(),
         status.ToString());
  const bool is_own = kind == TokenizerKind::kOwn;
  if (processor.pad_id() != kPadding || (is_own && processor.unk_id() != kUnknown)) {
    fail(ErrorKind::kFormat, "cannot use the tokenizer: its padding id is {} and its unknown id {}, expected {} and {}",
         processor.pad_id(), processor.unk_id(), kPadding, is_own ? std::to_string(kUnknown) : "any");
  }
}

Tokenizer::Tokenizer(std::string_view bytes, TokenizerKind kind) : state_(std::make_unique<State>()) {
  state_->bytes = bytes;
  state_->kind = kind;
  if (kind != TokenizerKind::kWordPiece) {
    state_->load_sentencepiece();
    return;
  }
  state_->pieces.emplace(bytes, "the vocabulary");
  if (state_->pieces->padding() != kPadding) {
    fail(ErrorKind::kFormat, "cannot use the vocabulary: its padding id is {}, expected {}", state_->pieces->padding(),
         kPadding);
  }
}

Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  {
    const std::shared_lock lock(state_->mutex);
    const auto found = state_->kept.find(text);
    if (found != state_->kept.end()) return found->second;
  }
  std::vector<std::int64_t> ids = state_->encode(text);
  const std::lock_guard lock(state_->mutex);
  if (state_->kept.size() < kMostKept) state_->kept.emplace(text, ids);
  return ids;
}

std::vector<std::int64_t> Tokenizer::State::encode(std::string_view text) const {
  if (pieces) {
    const std::vector<std::int64_t> marked = pieces->encode(text);
    return {marked.begin() + 1, marked.end() - 1};
  }
  const bool is_own = kind == TokenizerKind::kOwn;
  std::vector<int> found;
  const sentencepiece::util::Status status = processor.Encode(is_own ? fold(text) : std::string(text), &found);
  if (!status.ok()) fail(ErrorKind::kFormat, "cannot encode the instruction \"{}\": {}", text, status.ToString());
  std::vector<std::int64_t> ids;
  std::copy_if(found.begin(), found.end(), std::back_inserter(ids),
               [&](int id) { return id != kPadding && (!is_own || id != kUnknown); });
  return ids;
}

void Tokenizer::encode_padded(std::string_view text, std::span<std::int64_t> ids) const {
  const std::vector<std::int64_t> known = encode(text);
  if (known.size() > ids.size()) {
    fail(ErrorKind::kContract,
         "the instruction \"{}\" has {} tokens, the policy reads at most {}: shorten it, or train with a larger "
         "max_words",
         text, known.size(), ids.size());
  }
  std::fill(std::copy(known.begin(), known.end(), ids.begin()), ids.end(), kPadding);
}

std::string Tokenizer::decode(std::span<const std::int64_t> ids) const {
  ATOLL_CHECK(!state_->pieces, "decode of a WordPiece vocabulary");
  std::vector<int> pieces;
  for (const std::int64_t id : ids) {
    ATOLL_CHECK(id >= 0 && id < vocabulary_size(), "token {}, expected 0 to {}", id, vocabulary_size() - 1);
    if (id != kPadding) pieces.push_back(static_cast<int>(id));
  }
  std::string text;
  const sentencepiece::util::Status status = state_->processor.Decode(pieces, &text);
  if (!status.ok()) fail(ErrorKind::kFormat, "cannot decode {} tokens: {}", pieces.size(), status.ToString());
  return text;
}

int Tokenizer::vocabulary_size() const {
  return state_->pieces ? state_->pieces->vocabulary_size() : state_->processor.GetPieceSize();
}

const std::string& Tokenizer::serialise() const { return state_->bytes; }

TokenizerKind tokenizer_kind(const ModelConfig& config) {
  if (config.text == "own") return TokenizerKind::kOwn;
  return config.text == "minilm" ? TokenizerKind::kWordPiece : TokenizerKind::kT5;
}

Tokenizer train_tokenizer(std::span<const std::string> texts, const TokenizerOptions& options) {
  std::vector<std::string> folded;
  for (const std::string& text : texts) {
    if (std::string line = fold(text); !line.empty()) folded.push_back(std::move(line));
  }
  if (folded.empty())
    fail(ErrorKind::kConfig, "cannot train a tokenizer on {} texts without a single word: give instructions",
         texts.size());
  const std::unordered_map<std::string, std::string> arguments = {
      {"model_type", options.model_type},
      {"vocab_size", std::to_string(options.vocab_size)},
      {"hard_vocab_limit", "false"},  // fewer words than vocab_size are fine
      {"character_coverage", "1.0"},
      {"normalization_rule_name", "nmt_nfkc_cf"},
      {"pad_id", std::to_string(Tokenizer::kPadding)},
      {"unk_id", std::to_string(Tokenizer::kUnknown)},
      {"bos_id", "-1"},
      {"eos_id", "-1"},
      {"num_threads", "1"},  // one thread: equal bytes on every run
      {"minloglevel", "2"},  // errors only; they come back as a status
  };
  std::string bytes;
  Texts iterator(folded);
  const sentencepiece::util::Status status = sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &bytes);
  if (!status.ok()) {
    fail(ErrorKind::kConfig, "cannot train a {} tokenizer of {} tokens on {} texts: {}", options.model_type,
         options.vocab_size, folded.size(), status.ToString());
  }
  return Tokenizer(bytes);
}

}  // namespace atl::agent
