#include "envs/playhouse/clause_reader.h"

namespace atl::envs::playhouse {
namespace {

using Where = Location::Kind;

}  // namespace

ClauseReader::ClauseReader(const Lexicon& lexicon, std::span<const Word> words)
    : lexicon_(lexicon), words_(words), clauses_(words.size() + 1), nouns_(words.size() + 1) {}

bool ClauseReader::says(std::size_t begin, const Saying& saying) const {
  return playhouse::says(words_, begin, saying.words);
}

bool ClauseReader::is_word(std::size_t index, Word word) const {
  return index < words_.size() && words_[index] == word;
}

std::optional<std::size_t> ClauseReader::skip_one_of(const Sayings& ways, std::size_t& begin) const {
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (!says(begin, ways[i])) continue;
    begin += ways[i].words.size();
    return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> ClauseReader::skip_one_of(const std::vector<Sayings>& table, std::size_t& begin) const {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (skip_one_of(table[i], begin)) return i;
  }
  return std::nullopt;
}

// ---- Noun phrases

const std::vector<NounReading>& ClauseReader::nouns_at(std::size_t begin) {
  if (nouns_[begin]) return *nouns_[begin];
  std::vector<NounReading> found;
  NounReading reading{.end = begin + 1};
  for (const NounForms& friend_forms : lexicon_.entry_of(OtherPlayer{}).forms) {
    if (!says(begin, friend_forms.one)) continue;
    found.push_back({{.noun = OtherPlayer{}}, begin + friend_forms.one.words.size()});
  }
  std::size_t behind_number = begin;
  if (is_word(begin, lexicon_.the)) {
    read_after_determiner(reading, false, found);
  } else if (const auto number = skip_one_of(lexicon_.numbers_from_two, behind_number)) {
    reading.end = behind_number;
    reading.phrase.count = static_cast<std::uint8_t>(*number + 2);
    reading.phrase.is_definite = false;
    read_after_determiner(reading, true, found);
  } else if (is_word(begin, lexicon_.one) && is_word(begin + 1, lexicon_.of) && is_word(begin + 2, lexicon_.the)) {
    reading.end = begin + 3;
    reading.phrase.is_definite = false;
    read_after_determiner(reading, true, found);
  } else if (is_word(begin, lexicon_.a) || is_word(begin, lexicon_.an) || is_word(begin, lexicon_.any)) {
    reading.phrase.is_definite = false;
    read_after_determiner(reading, false, found);
  }
  nouns_[begin] = std::move(found);
  return *nouns_[begin];
}

void ClauseReader::read_after_determiner(NounReading so_far, bool is_plural, std::vector<NounReading>& found) {
  NounPhrase& phrase = so_far.phrase;
  for (;;) {  // people say "red small" too
    if (const auto size = phrase.size ? std::nullopt : skip_one_of(lexicon_.sizes, so_far.end)) {
      phrase.size = static_cast<Size>(*size);
    } else if (const auto colour = phrase.colour ? std::nullopt : skip_one_of(lexicon_.colours, so_far.end)) {
      phrase.colour = static_cast<Colour>(*colour);
    } else {
      break;
    }
  }
  for (const NounEntry& entry : lexicon_.nouns) {
    if (std::holds_alternative<OtherPlayer>(entry.noun)) continue;  // comes with its own determiner
    for (const NounForms& forms : entry.forms) {
      const Saying& form = is_plural ? forms.several : forms.one;
      if (!says(so_far.end, form)) continue;
      phrase.noun = entry.noun;
      NounReading reading{phrase, so_far.end + form.words.size(), entry.is_light};
      found.push_back(reading);
      read_locations(reading, found);
    }
  }
}

void ClauseReader::read_locations(NounReading so_far, std::vector<NounReading>& found) {
  const auto add = [&](Location location, std::size_t end) {
    so_far.phrase.location = location;
    found.push_back({so_far.phrase, end, so_far.is_light});
  };
  for (std::size_t k = 1; k < lexicon_.locations.size(); ++k) {
    const auto where = static_cast<Where>(k);
    std::size_t end = so_far.end;
    if (!skip_one_of(lexicon_.locations[k], end)) continue;
    if (where != Where::kInRoom && where != Where::kOn && where != Where::kIn) {
      add({.kind = where}, end);
      continue;
    }
    if (!is_word(end, lexicon_.the)) continue;
    ++end;
    if (where == Where::kInRoom) {
      if (const auto room = skip_one_of(lexicon_.rooms, end)) {
        add({.kind = where, .room = static_cast<RoomName>(*room)}, end);
      }
      continue;
    }
    for (const NounEntry& entry : lexicon_.nouns) {
      const auto* fixture = std::get_if<FixtureKind>(&entry.noun);
      if (fixture == nullptr || entry.is_light) continue;
      for (const NounForms& forms : entry.forms) {
        if (says(end, forms.one)) add({.kind = where, .fixture = *fixture}, end + forms.one.words.size());
      }
    }
  }
}

// ---- Clauses

const std::vector<ClauseReading>& ClauseReader::clauses_at(std::size_t begin) {
  if (clauses_[begin]) return *clauses_[begin];
  std::vector<ClauseReading> found;
  if (begin < words_.size() && words_[begin] != kUnknownWord) {
    for (const Template* t : lexicon_.by_first_word[words_[begin]]) {
      match(*t, 0, {.clause = {.verb = t->verb}, .end = begin, .set = t->set}, found);
    }
  }
  clauses_[begin] = std::move(found);
  return *clauses_[begin];
}

void ClauseReader::match(const Template& t, std::size_t element, ClauseReading so_far,
                         std::vector<ClauseReading>& found) {
  for (; element < t.elements.size() && !t.elements[element].slot; ++element) {
    if (!is_word(so_far.end, t.elements[element].word)) return;
    ++so_far.end;
  }
  if (element == t.elements.size()) {
    if (so_far.it == ItPart::kNone) so_far.problem = problem_of(so_far.clause);
    found.push_back(so_far);
    return;
  }
  for (const ClauseReading& next : fill(t, *t.elements[element].slot, so_far)) match(t, element + 1, next, found);
}

std::vector<ClauseReading> ClauseReader::fill(const Template& t, Slot slot, const ClauseReading& so_far) {
  std::vector<ClauseReading> found;
  const auto each_of = [&](const std::vector<Sayings>& table, auto set) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      for (const Saying& saying : table[i]) {
        if (!says(so_far.end, saying)) continue;
        found.push_back(so_far);
        found.back().end += saying.words.size();
        set(found.back().clause, i);
      }
    }
  };
  const auto any_of = [&](const Sayings& ways) {
    ClauseReading next = so_far;
    if (skip_one_of(ways, next.end)) found.push_back(next);
  };
  switch (slot) {
    case Slot::kObject:
    case Slot::kPlace:
    case Slot::kLight: fill_noun(t, slot, so_far, found); break;
    case Slot::kRelation:
      each_of(lexicon_.relations, [](Clause& c, std::size_t i) { c.relation = static_cast<Relation>(i); });
      break;
    case Slot::kStructure:
      each_of(lexicon_.structures, [](Clause& c, std::size_t i) { c.structure = static_cast<Structure>(i); });
      break;
    case Slot::kSetting:
      each_of(lexicon_.settings, [](Clause& c, std::size_t i) { c.setting = static_cast<Setting>(i); });
      break;
    case Slot::kSwitch: each_of(lexicon_.switches, [](Clause& c, std::size_t i) { c.is_on = i == 1; }); break;
    case Slot::kRoom: {
      ClauseReading next = so_far;
      if (!is_word(next.end++, lexicon_.the)) break;
      if (const auto room = skip_one_of(lexicon_.rooms, next.end)) {
        next.clause.room = static_cast<RoomName>(*room);
        found.push_back(next);
      }
      break;
    }
    case Slot::kBlocks: fill_blocks(so_far, found); break;
    case Slot::kFriend: any_of(lexicon_.friends); break;
    case Slot::kBag: any_of(lexicon_.bags); break;
    case Slot::kFirst:
    case Slot::kSecond: break;
  }
  return found;
}

void ClauseReader::fill_noun(const Template& t, Slot slot, const ClauseReading& so_far,
                             std::vector<ClauseReading>& found) {
  const bool is_place = slot == Slot::kPlace;
  if (is_word(so_far.end, lexicon_.it) && (is_place || t.takes_it) && so_far.it == ItPart::kNone) {
    found.push_back(so_far);
    found.back().it = is_place ? ItPart::kPlace : ItPart::kObject;
    ++found.back().end;
  }
  if (so_far.end >= words_.size()) return;
  for (const NounReading& reading : nouns_at(so_far.end)) {
    if (reading.is_light != (slot == Slot::kLight)) continue;
    found.push_back(so_far);
    (is_place ? found.back().clause.place : found.back().clause.object) = reading.phrase;
    found.back().end = reading.end;
  }
}

void ClauseReader::fill_blocks(ClauseReading so_far, std::vector<ClauseReading>& found) {
  const auto number = skip_one_of(lexicon_.numbers_from_two, so_far.end);
  if (!number) return;
  so_far.clause.count = static_cast<std::uint8_t>(*number + 2);
  if (const auto colour = skip_one_of(lexicon_.colours, so_far.end)) {
    so_far.clause.colour = static_cast<Colour>(*colour);
  }
  for (const NounForms& forms : lexicon_.entry_of(Shape::kBlock).forms) {
    if (!says(so_far.end, forms.several)) continue;
    found.push_back(so_far);
    found.back().end += forms.several.words.size();
  }
}

}  // namespace atl::envs::playhouse
