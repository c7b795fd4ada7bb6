#include "envs/playhouse/lexicon.h"

#include "core/error.h"
#include "envs/playhouse/phrase_book.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

std::vector<std::string_view> ways(std::string_view row) { return split(row, " | "); }

class Compiler {
 public:
  Lexicon compile() && {
    compile_connectives();
    compile_parts();
    compile_nouns();
    for (const VerbRow& row : verb_rows()) {
      for (const std::string_view text : ways(row.training)) add_template(row.verb, PhraseSet::kTraining, text);
      for (const std::string_view text : ways(row.held_out)) add_template(row.verb, PhraseSet::kHeldOut, text);
    }
    for (const JointRow& row : joint_rows()) {
      for (const std::string_view text : ways(row.words)) add_joint(row.joint, text);
    }
    index();
    return std::move(lexicon_);
  }

 private:
  Word number(std::string_view word) {
    const auto [entry, is_new] = lexicon_.numbers.try_emplace(word, static_cast<Word>(lexicon_.words.size()));
    if (is_new) lexicon_.words.push_back(word);
    return entry->second;
  }

  Saying saying(std::string_view text) {
    Saying result{text, {}};
    if (text.empty()) return result;
    for (const std::string_view word : split(text, " ")) result.words.push_back(number(word));
    return result;
  }

  Sayings sayings(std::string_view row) {
    Sayings result;
    for (const std::string_view text : ways(row)) result.push_back(saying(text));
    return result;
  }

  std::vector<Sayings> table(std::span<const std::string_view> rows) {
    std::vector<Sayings> result;
    for (const std::string_view row : rows) result.push_back(sayings(row));
    return result;
  }

  void compile_connectives() {
    lexicon_.the = number("the");
    lexicon_.a = number("a");
    lexicon_.an = number("an");
    lexicon_.any = number("any");
    lexicon_.one = number("one");
    lexicon_.of = number("of");
    lexicon_.it = number("it");
  }

  void compile_parts() {
    static constexpr std::array<std::string_view, 4> kDigits{"2", "3", "4", "5"};
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
      lexicon_.numbers_from_two.push_back({saying(kNumberWords[i]), saying(kDigits[i])});
    }
    for (const std::string_view colour : kColourNames) lexicon_.colours.push_back(saying(colour));
    lexicon_.sizes = table(size_rows());
    lexicon_.rooms = table(room_rows());
    lexicon_.relations = table(relation_rows());
    lexicon_.locations = table(location_rows());
    lexicon_.structures = table(structure_rows());
    lexicon_.settings = table(setting_rows());
    lexicon_.switches = {sayings("off"), sayings("on")};
    lexicon_.bags = sayings(bag_words());
  }

  void add_noun(const Noun& noun, bool is_light, std::string_view row) {
    NounEntry entry{noun, is_light, {}};
    for (const std::string_view way : ways(row)) {
      const std::vector<std::string_view> forms = split(way, "/");
      entry.forms.push_back({saying(forms.front()), forms.size() > 1 ? saying(forms.back()) : Saying{}});
    }
    lexicon_.nouns.push_back(std::move(entry));
  }

  void compile_nouns() {
    for (const NounRow& row : noun_rows()) add_noun(row.noun, false, row.words);
    for (const NounForms& forms : lexicon_.nouns.back().forms) lexicon_.friends.push_back(forms.one);
    add_noun(FixtureKind::kSwitch, true, light_words());
  }

  std::vector<Element> elements(std::string_view text) {
    std::vector<Element> result;
    for (std::string_view word : split(text, " ")) {
      Element element;
      if (word.back() == ',') element.has_comma = true, word.remove_suffix(1);
      if (word.front() == '{') {
        const auto* name = std::find(kSlotNames.begin(), kSlotNames.end(), word.substr(1, word.size() - 2));
        ATOLL_CHECK(name != kSlotNames.end(), "the phrase book has an unknown slot in \"{}\"", text);
        element.slot = static_cast<Slot>(name - kSlotNames.begin());
      } else {
        element.word = number(word);
      }
      result.push_back(element);
    }
    return result;
  }

  void add_template(Verb verb, PhraseSet set, std::string_view text) {
    const auto is_one_of = [&](const Element& e, std::initializer_list<std::string_view> words) {
      return !e.slot && std::find(words.begin(), words.end(), lexicon_.words[e.word]) != words.end();
    };
    Template t{verb, set, text, elements(text)};
    for (std::size_t i = 0; i < t.elements.size(); ++i) {
      if (t.elements[i].slot == Slot::kLight) t.is_light = t.has_object = true;
      if (t.elements[i].slot != Slot::kObject) continue;
      t.has_object = true;
      // "drop it" is whatever is held.
      t.takes_it = verb != Verb::kDrop && !is_one_of(t.elements[i - 1], {"up", "down", "on", "off", "out"});
      t.wants_short =
          i + 2 == t.elements.size() && is_one_of(t.elements[i + 1], {"up", "down", "on", "off", "open", "shut"});
    }
    lexicon_.templates.push_back(std::move(t));
  }

  void add_joint(Joint joint, std::string_view text) {
    JointTemplate j{joint, text, elements(text), {}, {}, {}, false};
    int num_clauses = 0;
    for (const Element& e : j.elements) {
      if (!e.slot) (num_clauses == 0 ? j.before : num_clauses == 1 ? j.between : j.after).push_back(e.word);
      if (e.slot && num_clauses++ == 0) j.second_comes_first = e.slot == Slot::kSecond;
    }
    lexicon_.joints.push_back(std::move(j));
  }

  // Pointers into vectors that do not grow any more, and that keep their elements when the lexicon is moved.
  void index() {
    lexicon_.by_first_word.resize(lexicon_.words.size());
    for (const Template& t : lexicon_.templates) {
      lexicon_.by_verb[static_cast<std::size_t>(t.verb)][static_cast<std::size_t>(t.set)].push_back(&t);
      ATOLL_CHECK(!t.elements.front().slot, "template \"{}\" begins with a slot, expected a word", t.text);
      lexicon_.by_first_word[t.elements.front().word].push_back(&t);
    }
    for (const JointTemplate& j : lexicon_.joints) lexicon_.by_joint[static_cast<std::size_t>(j.joint)].push_back(&j);
  }

  Lexicon lexicon_;
};

}  // namespace

Word Lexicon::find(std::string_view word) const {
  const auto found = numbers.find(word);
  return found == numbers.end() ? kUnknownWord : found->second;
}

const NounEntry& Lexicon::entry_of(const Noun& noun) const {
  // In the order of all_nouns: any thing, shapes, fixtures, the other player.
  if (const auto* shape = std::get_if<Shape>(&noun)) return nouns[1 + static_cast<std::size_t>(*shape)];
  if (const auto* fixture = std::get_if<FixtureKind>(&noun)) {
    return nouns[1 + kShapeNames.size() + static_cast<std::size_t>(*fixture)];
  }
  return std::holds_alternative<AnyThing>(noun) ? nouns.front() : nouns[1 + kShapeNames.size() + kFixtureNames.size()];
}

const Lexicon& lexicon() {
  static const Lexicon compiled = Compiler().compile();
  return compiled;
}

bool says(std::span<const Word> words, std::size_t begin, std::span<const Word> saying) {
  if (saying.size() > words.size() - begin) return false;
  return std::equal(saying.begin(), saying.end(), words.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace atl::envs::playhouse
