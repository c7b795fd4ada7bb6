#include "envs/house/refusal.h"

#include "core/text.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace atl::envs::house {
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

// What aligning a template with words costs; the ratios decide what counts as near.
constexpr int kExtraWord = 10;
constexpr int kMissingWord = 8;
constexpr int kMissingPart = 12;
constexpr int kMissingVerb = 8;  // on top of kMissingWord for the first word
constexpr std::size_t kMaxElements = 16;

// Where the parts that may stand in a slot end, by the index of their first word.
class SlotEnds {
 public:
  SlotEnds(ClauseReader& reader, std::size_t num_words) : reader_(reader), num_words_(num_words) {
    liberal_.takes_it = true;
  }

  const std::vector<std::size_t>& ends(Slot slot, std::size_t begin) {
    auto& row = known_[static_cast<std::size_t>(slot)];
    row.resize(num_words_ + 1);
    if (!row[begin]) {
      row[begin].emplace();
      for (const ClauseReading& r : reader_.fill(liberal_, slot, {.end = begin})) row[begin]->push_back(r.end);
    }
    return *row[begin];
  }

 private:
  ClauseReader& reader_;
  std::size_t num_words_;
  Template liberal_;
  std::array<std::vector<std::optional<std::vector<std::size_t>>>, kSlotNames.size()> known_;
};

// The cheapest way to make the words begin .. end - 1 into a template: dynamic programming from the back, over the
// template's elements and the words.
class Alignment {
 public:
  Alignment(const Template& t, const Utterance& said, std::size_t begin, std::size_t end, SlotEnds& slots)
      : template_(t), said_(said), begin_(begin), width_(end - begin + 1), cells_((t.elements.size() + 1) * width_) {
    for (std::size_t i = t.elements.size() + 1; i-- > 0;) {
      for (std::size_t j = end + 1; j-- > begin;) cell(i, j) = best(i, j, end, slots);
    }
  }

  [[nodiscard]] int cost() const { return cells_.front().cost; }

  /// The template with its parts filled in; "..." where the words hold none.
  [[nodiscard]] std::string text() {
    std::string line;
    std::size_t j = begin_;
    for (std::size_t i = 0; i < template_.elements.size();) {
      const Cell& here = cell(i, j);
      if (here.next_element > i) {
        if (!line.empty()) line += ' ';
        const Element& e = template_.elements[i];
        if (!e.slot) {
          line += lexicon().words[e.word];
        } else {
          line += here.next_word > j ? said_.shown(j, here.next_word) : "...";
        }
      }
      i = here.next_element;
      j = here.next_word;
    }
    return line;
  }

 private:
  struct Cell {
    int cost = std::numeric_limits<int>::max();
    std::size_t next_element = 0;
    std::size_t next_word = 0;
  };

  Cell& cell(std::size_t element, std::size_t word) { return cells_[element * width_ + (word - begin_)]; }

  Cell best(std::size_t i, std::size_t j, std::size_t end, SlotEnds& slots) {
    if (i == template_.elements.size()) return {static_cast<int>(end - j) * kExtraWord, i, end};
    Cell found;
    const auto offer = [&](int cost, std::size_t next_element, std::size_t next_word) {
      cost += cell(next_element, next_word).cost;
      if (cost < found.cost) found = {cost, next_element, next_word};
    };
    const Element& e = template_.elements[i];
    if (e.slot) {
      for (const std::size_t part_end : slots.ends(*e.slot, j)) {
        if (part_end <= end) offer(0, i + 1, part_end);
      }
      offer(kMissingPart, i + 1, j);
    } else {
      if (j < end && said_.words[j] == e.word) offer(0, i + 1, j + 1);
      offer(kMissingWord + (i == 0 ? kMissingVerb : 0), i + 1, j);
    }
    if (j < end) offer(kExtraWord, i, j + 1);
    return found;
  }

  const Template& template_;
  const Utterance& said_;
  std::size_t begin_;
  std::size_t width_;
  std::vector<Cell> cells_;
};

bool is_clause(const std::string& text) {
  const Utterance said(text);
  ClauseReader reader(lexicon(), said.words);
  const std::vector<ClauseReading>& readings = reader.clauses_at(0);
  return std::any_of(readings.begin(), readings.end(),
                     [&](const ClauseReading& r) { return r.end == said.words.size() && r.problem.empty(); });
}

// "push ... to ...": the parts that were said do not go there.
std::string with_gaps(const Template& t) {
  std::string line;
  for (const Element& e : t.elements) {
    if (!line.empty()) line += ' ';
    line += e.slot ? "..." : lexicon().words[e.word];
  }
  return line;
}

std::string nearest_clause(const Utterance& said, std::size_t begin, std::size_t end, ClauseReader& reader) {
  static constexpr std::size_t kMaxTries = 12;
  SlotEnds slots(reader, said.words.size());
  struct Near {
    int cost = 0;
    const Template* origin = nullptr;
    std::string text;
  };
  std::vector<Near> near;
  for (const Template& t : lexicon().templates) {
    if (t.set == PhraseSet::kHeldOut) continue;
    Alignment alignment(t, said, begin, end, slots);
    if (near.size() == kMaxTries && alignment.cost() >= near.back().cost) continue;
    const auto behind = std::upper_bound(near.begin(), near.end(), alignment.cost(),
                                         [](int cost, const Near& other) { return cost < other.cost; });
    near.insert(behind, {alignment.cost(), &t, alignment.text()});
    if (near.size() > kMaxTries) near.pop_back();
  }
  for (const Near& candidate : near) {
    if (candidate.text.find("...") != std::string::npos || is_clause(candidate.text)) return candidate.text;
  }
  return with_gaps(*near.front().origin);
}

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

}  // namespace atl::envs::house
