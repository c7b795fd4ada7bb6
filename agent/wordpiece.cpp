#include "agent/wordpiece.h"

#include "agent/wordpiece_tables.h"
#include "core/error.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace atl::agent {
namespace {

using wordpiece::CharacterRange;
using wordpiece::CharacterShift;

constexpr std::size_t kMaxWordCharacters = 100;
constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kFirstSyllable = 0xAC00;
constexpr char32_t kNumSyllables = 11172;

// The next character of UTF-8, or kReplacement for a byte that begins none.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || at + more > text.size()) return kReplacement;
  char32_t c = first & (0x3Fu >> more);
  for (std::size_t i = at; i < at + more; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kReplacement;
    c = c << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  if (c < kSmallest[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return kReplacement;
  at += more;
  return c;
}

void append_utf8(char32_t c, std::string& text) {
  const auto tail = [&](int shift) { text.push_back(static_cast<char>(0x80 | (c >> shift & 0x3F))); };
  if (c < 0x80) {
    text.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    text.push_back(static_cast<char>(0xC0 | c >> 6));
  } else if (c < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | c >> 12));
    tail(6);
  } else {
    text.push_back(static_cast<char>(0xF0 | c >> 18));
    tail(12);
    tail(6);
  }
  if (c >= 0x80) tail(0);
}

// The range of a sorted table that `c` is in, or nothing.
template <class Range>
const Range* find(std::span<const Range> table, char32_t c) {
  const auto after = std::upper_bound(table.begin(), table.end(), c,
                                      [](char32_t value, const Range& range) { return value < range.first; });
  if (after == table.begin() || c > std::prev(after)->last) return nullptr;
  return &*std::prev(after);
}

bool is_in(std::span<const CharacterRange> table, char32_t c) { return find(table, c) != nullptr; }

// What stands for `c` in a word: lower case, without accents, Korean syllables as their letters.
void append_folded(char32_t c, std::u32string& word) {
  if (is_in(wordpiece::kRemoved, c)) return;
  if (c >= kFirstSyllable && c < kFirstSyllable + kNumSyllables) {  // Unicode Standard, section 3.12
    const char32_t syllable = c - kFirstSyllable;
    word.push_back(0x1100 + syllable / (21 * 28));
    word.push_back(0x1161 + syllable / 28 % 21);
    if (syllable % 28 != 0) word.push_back(0x11A7 + syllable % 28);
    return;
  }
  for (const wordpiece::CharacterPair& pair : wordpiece::kPairs) {
    if (pair.from == c) {
      word.append(std::begin(pair.to), std::end(pair.to));
      return;
    }
  }
  const CharacterShift* shift = find<CharacterShift>(wordpiece::kShifts, c);
  const bool is_shifted = shift != nullptr && (c - shift->first) % shift->step == 0;
  word.push_back(is_shifted ? static_cast<char32_t>(static_cast<int>(c) + shift->by) : c);
}

// Words in order, punctuation and ideographs among them.
std::vector<std::u32string> split_words(std::string_view text) {
  std::vector<std::u32string> words(1);
  const auto begin_word = [&] {
    if (!words.back().empty()) words.emplace_back();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    std::u32string folded;
    if (is_in(wordpiece::kSpaces, c))
      begin_word();
    else
      append_folded(c, folded);
    for (const char32_t letter : folded) {
      const bool is_alone = is_in(wordpiece::kAlone, letter) || is_in(wordpiece::kPunctuation, letter);
      if (is_alone) begin_word();
      words.back().push_back(letter);
      if (is_alone) begin_word();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

WordPiece::WordPiece(std::string_view vocabulary, const std::string& name) {
  while (!vocabulary.empty()) {
    const std::size_t end = std::min(vocabulary.find('\n'), vocabulary.size());
    std::string_view piece = vocabulary.substr(0, end);
    vocabulary.remove_prefix(std::min(end + 1, vocabulary.size()));
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    const std::size_t line = ids_.size() + 1;
    if (piece.empty()) fail(ErrorKind::kFormat, "cannot read {}: line {} is empty, expected a piece", name, line);
    const auto [found, is_new] = ids_.emplace(piece, line - 1);
    if (!is_new)
      fail(ErrorKind::kFormat, "cannot read {}: line {} is \"{}\", as line {} is, expected every piece once", name,
           line, piece, found->second + 1);
  }
  const auto special = [&](const std::string& token) {
    const auto found = ids_.find(token);
    if (found == ids_.end())
      fail(ErrorKind::kFormat, "cannot read {}: none of its {} lines is {}: it is no vocabulary of BERT", name,
           ids_.size(), token);
    return found->second;
  };
  padding_ = special("[PAD]");
  unknown_ = special("[UNK]");
  start_ = special("[CLS]");
  end_ = special("[SEP]");
}

std::vector<std::int64_t> WordPiece::encode(std::string_view text) const {
  std::vector<std::int64_t> ids{start_};
  for (const std::u32string& word : split_words(text)) append_word(word, ids);
  ids.push_back(end_);
  return ids;
}

void WordPiece::append_word(const std::u32string& word, std::vector<std::int64_t>& ids) const {
  const std::size_t known = ids.size();
  for (std::size_t begin = 0; begin < word.size() && word.size() <= kMaxWordCharacters;) {
    std::string piece = begin == 0 ? "" : "##";
    auto longest = ids_.end();
    std::size_t after = begin;
    for (std::size_t i = begin; i < word.size(); ++i) {
      append_utf8(word[i], piece);
      if (const auto found = ids_.find(piece); found != ids_.end()) {
        longest = found;
        after = i + 1;
      }
    }
    if (longest == ids_.end()) break;
    ids.push_back(longest->second);
    begin = after;
    if (begin == word.size()) return;
  }
  ids.resize(known);
  ids.push_back(unknown_);
}

}  // namespace atl::agent
