#include "envs/playhouse/refusal.h"

#include "core/text.h"
#include "envs/playhouse/nearest_clause.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// ---- Words

bool is_among(const std::vector<Sayings>& table, std::string_view word) {
  return std::any_of(table.begin(), table.end(), [&](const Sayings& ways) {
    return std::any_of(ways.begin(), ways.end(), [&](const Saying& way) { return way.text == word; });
  });
}

bool is_adjective(std::string_view word) {
  return is_among({lexicon().colours}, word) || is_among(lexicon().sizes, word);
}

// Words that only nouns and adjectives follow.
bool opens_noun(std::string_view word) {
  return word == "the" || word == "a" || word == "an" || word == "any" || is_adjective(word) ||
         is_among(lexicon().numbers_from_two, word);
}

std::vector<std::string> read_noun_words() {
  std::vector<std::string> words;
  for (const NounEntry& entry : lexicon().nouns) {
    if (std::holds_alternative<OtherPlayer>(entry.noun)) continue;
    for (const NounForms& forms : entry.forms) {
      for (const Saying* saying : {&forms.one, &forms.several}) {
        for (const Word word : saying->words) words.emplace_back(lexicon().words[word]);
      }
    }
  }
  for (const Sayings& room : lexicon().rooms) {
    for (const Saying& way : room) {
      for (const Word word : way.words) words.emplace_back(lexicon().words[word]);
    }
  }
  return words;
}

const std::vector<std::string>& noun_words() {
  static const std::vector<std::string> words = read_noun_words();
  return words;
}

bool is_noun_part(std::string_view word) {
  const std::vector<std::string>& nouns = noun_words();
  return is_adjective(word) || std::find(nouns.begin(), nouns.end(), word) != nouns.end();
}

// A number that the phrase book lacks.
bool is_other_number(std::string_view word) {
  static constexpr std::array<std::string_view, 6> kNumbers{"zero", "six", "seven", "eight", "nine", "ten"};
  return word.find_first_not_of("0123456789") == std::string_view::npos ||
         std::find(kNumbers.begin(), kNumbers.end(), word) != kNumbers.end();
}

std::vector<std::string> adjectives() {
  std::vector<std::string> words(kColourNames.begin(), kColourNames.end());
  for (const Sayings& size : lexicon().sizes) {
    for (const Saying& way : size) words.emplace_back(way.text);
  }
  return words;
}

// ---- Structure

// The end of the longest clause that begins at `begin` and makes sense; `begin` where there is none.
std::size_t clause_end(ClauseReader& reader, std::size_t begin) {
  std::size_t end = begin;
  for (const ClauseReading& r : reader.clauses_at(begin)) {
    if (r.problem.empty()) end = std::max(end, r.end);
  }
  return end;
}

// How many words at `begin` join two clauses; 0: none.
std::size_t joint_length(const Utterance& said, std::size_t begin) {
  std::size_t length = 0;
  for (const JointTemplate& joint : lexicon().joints) {
    if (says(said.words, begin, joint.between)) length = std::max(length, joint.between.size());
  }
  return length;
}

std::string refuse_clause(const Utterance& said, std::size_t begin, ClauseReader& reader) {
  // Up to a joint that a clause follows.
  std::size_t end = begin + 1;
  for (; end < said.words.size(); ++end) {
    const std::size_t length = joint_length(said, end);
    if (length > 0 && clause_end(reader, end + length) > end + length) break;
  }
  end = std::min(end, said.words.size());
  return fmt::format("\"{}\" is not understood: did you mean \"{}\"?", said.shown(begin, end),
                     nearest_clause(said, begin, end, reader));
}

}  // namespace

std::string refuse_words(const Utterance& said, ClauseReader& reader) {
  const auto unknown = std::find(said.words.begin(), said.words.end(), kUnknownWord);
  if (unknown == said.words.end()) return "";
  const auto i = static_cast<std::size_t>(unknown - said.words.begin());
  const std::string shown = said.shown(i, i + 1);
  if (is_other_number(said.tokens[i])) {
    return fmt::format("unknown word \"{}\": the numbers here are two, three, four and five", shown);
  }
  const bool is_in_noun = i > 0 && opens_noun(said.tokens[i - 1]);
  if (is_in_noun && i + 1 < said.tokens.size() && is_noun_part(said.tokens[i + 1])) {
    return fmt::format("unknown word \"{}\": did you mean \"{}\"? Things are {}; they are small or big", shown,
                       nearest_name(shown, adjectives()), fmt::join(kColourNames, ", "));
  }
  const std::vector<std::string> all(lexicon().words.begin(), lexicon().words.end());
  const std::string nearest = nearest_name(shown, is_in_noun ? noun_words() : all);
  const bool is_near = edit_distance(shown, nearest) * 3 <= shown.size() + 1;
  const bool is_alone = std::all_of(said.words.begin(), said.words.end(), [](Word w) { return w == kUnknownWord; });
  if (is_near || is_in_noun || is_alone) {
    return fmt::format("unknown word \"{}\": did you mean \"{}\"?", shown, nearest);
  }
  return fmt::format("unknown word \"{}\": {}", shown, refuse_structure(said, reader));
}

std::string with_articles(const Utterance& said) {
  std::string text;
  for (std::size_t i = 0; i < said.tokens.size(); ++i) {
    if (i > 0) text += ' ';
    const bool follows_verb = i > 0 && !opens_noun(said.tokens[i - 1]) && !is_noun_part(said.tokens[i - 1]);
    if (follows_verb && is_noun_part(said.tokens[i])) text += "the ";
    text += said.tokens[i];
  }
  return text;
}

std::string refuse_structure(const Utterance& said, ClauseReader& reader) {
  const std::size_t num_words = said.words.size();
  std::size_t begin = 0;
  for (const JointTemplate& joint : lexicon().joints) {  // "first", "after you", "before you"
    if (says(said.words, 0, joint.before)) begin = std::max(begin, joint.before.size());
  }
  if (begin == num_words) return fmt::format("\"{}\" is followed by nothing: say what to do", said.shown(0, begin));
  const std::size_t end = clause_end(reader, begin);
  if (end == begin) return refuse_clause(said, begin, reader);
  if (end == num_words) {
    return fmt::format("\"{}\" has no second part: say what else to do, or leave out \"{}\"", said.shown(0, end),
                       said.shown(0, begin));
  }
  const std::size_t next = end + joint_length(said, end);
  if (next == num_words) return fmt::format("\"{}\" is followed by nothing: say what to do", said.shown(end, next));
  const std::size_t next_end = clause_end(reader, next);
  if (next_end == next && next > end) return refuse_clause(said, next, reader);
  if (next_end == next) {
    return fmt::format("\"{}\" is understood, \"{}\" after it is not", said.shown(begin, end),
                       said.shown(end, num_words));
  }
  if (next == end) {
    return fmt::format("\"{}\" and \"{}\" have to be joined by \"and\", \", then\" or \"after you\"",
                       said.shown(begin, end), said.shown(next, next_end));
  }
  return fmt::format("\"{}\" is too much: an instruction has two parts at most, here \"{}\" and \"{}\"",
                     said.shown(next_end, num_words), said.shown(begin, end), said.shown(next, next_end));
}

}  // namespace atl::envs::playhouse
