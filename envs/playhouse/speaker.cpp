#include "envs/playhouse/speaker.h"

#include "core/error.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

using Where = Location::Kind;

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

}  // namespace

bool suits(const Template& t, const Clause& clause) {
  if (t.is_light) return clause.object.noun == Noun(FixtureKind::kSwitch);
  if (clause.verb == Verb::kDrop && t.has_object != (clause.object != NounPhrase{})) return false;
  return !t.wants_short || clause.object.location.kind == Where::kNone;
}

Speaker::Speaker(PhraseSet set, Random* random) : lexicon_(lexicon()), set_(set), random_(random) {
  text_.reserve(160);
}

void Speaker::use(const Template* next_template, const JointTemplate* next_joint) {
  next_template_ = next_template;
  next_joint_ = next_joint;
}

std::size_t Speaker::below(std::size_t n) {
  return random_ == nullptr || n == 1 ? 0 : random_->below(static_cast<std::uint32_t>(n));
}

void Speaker::space() {
  if (!text_.empty()) text_ += ' ';
}

void Speaker::word(Word w) {
  space();
  text_ += lexicon_.words[w];
}

void Speaker::say(const Saying& saying) {
  space();
  text_ += saying.text;
}

// ---- Missions

void Speaker::mission(const Mission& m) {
  if (m.joint == Joint::kNone) return clause(m.first, nullptr);
  const auto& ways = lexicon_.by_joint[static_cast<std::size_t>(m.joint)];
  const JointTemplate& joint = next_joint_ != nullptr ? *next_joint_ : *draw(ways);
  const Clause* said_before = nullptr;
  for (const Element& e : joint.elements) {
    if (e.slot) {
      const Clause& next = e.slot == Slot::kFirst ? m.first : m.second;
      clause(next, said_before);
      said_before = &next;
    } else {
      word(e.word);
    }
    if (e.has_comma) text_ += ',';
  }
}

const Template& Speaker::draw_template(const Clause& clause) {
  if (next_template_ != nullptr) return *next_template_;
  const auto& by_set = lexicon_.by_verb[static_cast<std::size_t>(clause.verb)];
  std::array<const Template*, 24> suited{};
  std::size_t n = 0;
  for (const Template* t : by_set[static_cast<std::size_t>(set_)]) {
    if (suits(*t, clause)) suited.at(n++) = t;
  }
  ATOLL_CHECK(n > 0, "verb {} has no {} template for one of its clauses", static_cast<int>(clause.verb),
              set_ == PhraseSet::kTraining ? "training" : "held-out");
  return *suited[below(n)];
}

ItPart Speaker::draw_it(const Clause& clause, const Clause* said_before) {
  if (said_before == nullptr || random_ == nullptr) return ItPart::kNone;
  for (const ItPart part : {ItPart::kObject, ItPart::kPlace}) {
    const NounPhrase& np = part == ItPart::kObject ? clause.object : clause.place;
    // "a ball" again would be any ball; the default may be a part that the verb does not have.
    if (!np.is_definite || np == NounPhrase{}) continue;
    if (resolve_it(clause, part, *said_before) == clause) return random_->chance(1, 2) ? part : ItPart::kNone;
  }
  return ItPart::kNone;
}

void Speaker::clause(const Clause& c, const Clause* said_before) {
  const Template& t = draw_template(c);
  const ItPart it = draw_it(c, said_before);
  for (const Element& e : t.elements) {
    if (e.slot) {
      slot(*e.slot, c, it == ItPart::kObject && !t.takes_it ? ItPart::kNone : it);
    } else {
      word(e.word);
    }
    if (e.has_comma) text_ += ',';
  }
}

void Speaker::slot(Slot slot, const Clause& c, ItPart it) {
  switch (slot) {
    case Slot::kObject: return it == ItPart::kObject ? word(lexicon_.it) : noun_phrase(c.object);
    case Slot::kPlace: return it == ItPart::kPlace ? word(lexicon_.it) : noun_phrase(c.place);
    case Slot::kLight: return noun_phrase(c.object, draw(lexicon_.light().forms));
    case Slot::kRoom: return room(c.room);
    case Slot::kRelation: return relation(c.relation);
    case Slot::kStructure: return say_one_of(lexicon_.structures, c.structure);
    case Slot::kBlocks: return blocks(c);
    case Slot::kSetting: return say_one_of(lexicon_.settings, c.setting);
    case Slot::kSwitch: return say_one_of(lexicon_.switches, c.is_on);
    case Slot::kFriend: return say(draw(lexicon_.friends));
    case Slot::kBag: return say(draw(lexicon_.bags));
    case Slot::kFirst:
    case Slot::kSecond: break;
  }
}

void Speaker::relation(Relation value) {
  const Sayings& ways = lexicon_.relations[static_cast<std::size_t>(value)];
  std::size_t way = below(ways.size());
  // "the ball on your left left of the box" is hard to read.
  while (text_.ends_with(lexicon_.words[ways[way].words.front()])) way = (way + 1) % ways.size();
  say(ways[way]);
}

void Speaker::room(RoomName name) {
  word(lexicon_.the);
  say_one_of(lexicon_.rooms, name);
}

void Speaker::blocks(const Clause& c) {
  say(lexicon_.numbers_from_two[c.count - 2U].front());
  if (c.colour) say(lexicon_.colours[static_cast<std::size_t>(*c.colour)]);
  say(draw(lexicon_.entry_of(Shape::kBlock).forms).several);
}

// ---- Noun phrases

void Speaker::noun_phrase(const NounPhrase& np) {
  const NounForms& forms = draw(lexicon_.entry_of(np.noun).forms);
  if (forms.several.words.empty()) return say(forms.one);
  noun_phrase(np, forms);
}

void Speaker::noun_phrase(const NounPhrase& np, const NounForms& forms) {
  const bool is_plural = determiner(np);
  const bool says_a = text_ == "a" || text_.ends_with(" a");
  const std::size_t begin = text_.size();
  if (np.size) say_one_of(lexicon_.sizes, *np.size);
  if (np.colour) say(lexicon_.colours[static_cast<std::size_t>(*np.colour)]);
  say(is_plural ? forms.several : forms.one);
  if (says_a && is_vowel(text_[begin + 1])) text_.insert(begin, 1, 'n');  // text_[begin] is the space after it
  location(np.location);
}

bool Speaker::determiner(const NounPhrase& np) {
  if (np.count > 1) return say(lexicon_.numbers_from_two[np.count - 2U].front()), true;
  if (np.is_definite) return word(lexicon_.the), false;
  const std::size_t way = below(4);
  if (way == 3) {
    for (const Word w : {lexicon_.one, lexicon_.of, lexicon_.the}) word(w);
    return true;
  }
  return word(way == 2 ? lexicon_.any : lexicon_.a), false;
}

void Speaker::location(const Location& at) {
  if (at.kind == Where::kNone) return;
  say_one_of(lexicon_.locations, at.kind);
  if (at.kind == Where::kInRoom) return room(at.room);
  if (at.kind != Where::kOn && at.kind != Where::kIn) return;
  word(lexicon_.the);
  say(draw(lexicon_.entry_of(at.fixture).forms).one);
}

}  // namespace atl::envs::playhouse
