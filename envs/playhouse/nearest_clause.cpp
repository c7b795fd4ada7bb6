#include "envs/playhouse/nearest_clause.h"

#include <algorithm>
#include <limits>

namespace atl::envs::playhouse {
namespace {

// What aligning a template with words costs; the ratios decide what counts as near.
constexpr int kExtraWord = 10;
constexpr int kMissingWord = 8;
constexpr int kMissingPart = 12;
constexpr int kMissingVerb = 20;  // on top of kMissingWord for the first word

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

}  // namespace

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

}  // namespace atl::envs::playhouse
