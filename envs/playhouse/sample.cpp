// Phrases of the training split, for tokenizers.
#include "envs/playhouse/speaker.h"
#include "envs/playhouse/verb_rules.h"

#include <fmt/core.h>

#include <set>

namespace atl::envs::playhouse {
namespace {

// Missions over all fields, evenly by verb. Those that cannot be said or are held out are drawn again.
class MissionSource {
 public:
  explicit MissionSource(Random& random) : random_(random) {}

  Mission draw() {
    for (;;) {
      Mission m{.first = clause(static_cast<Verb>(below(kNumVerbs)))};
      if (random_.chance(1, 3)) {
        m.joint = static_cast<Joint>(random_.between(1, 3));
        m.second = clause(static_cast<Verb>(below(kNumVerbs)));
      }
      if (is_good(m)) return m;
    }
  }

  Mission draw_for(const Template& t) {
    for (;;) {
      Mission m{.first = clause(t.verb)};
      if (t.is_light) m.first.object = {.noun = FixtureKind::kSwitch};
      if (is_good(m) && suits(t, m.first)) return m;
    }
  }

  Mission draw_for(const JointTemplate& t) {
    for (;;) {
      const Mission m = draw();
      if (m.joint == t.joint) return m;
    }
  }

 private:
  static bool is_good(const Mission& m) {
    return problem_of(m).empty() && !mentions_held_out_pair(m) && !is_held_out_composition(m);
  }

  std::uint32_t below(std::size_t count) { return random_.below(static_cast<std::uint32_t>(count)); }
  template <class Enum, class Table>
  Enum draw_of(const Table& table) {
    return static_cast<Enum>(below(table.size()));
  }

  NounPhrase noun_phrase(NounRule rule) {
    NounPhrase np;
    do {
      np.noun = all_nouns()[below(all_nouns().size())];
    } while (!fits(rule, np.noun));
    if (random_.chance(1, 4)) np.size = draw_of<Size>(kSizeNames);
    if (random_.chance(1, 2)) np.colour = draw_of<Colour>(kColourNames);
    if (random_.chance(1, 3)) np.location.kind = draw_of<Location::Kind>(lexicon().locations);
    if (np.location.kind == Location::Kind::kInRoom) np.location.room = draw_of<RoomName>(kRoomNames);
    const bool on_or_in = np.location.kind == Location::Kind::kOn || np.location.kind == Location::Kind::kIn;
    if (on_or_in) np.location.fixture = draw_of<FixtureKind>(kFixtureNames);
    np.is_definite = random_.chance(3, 4);
    return np;
  }

  Clause clause(Verb verb) {
    for (;;) {
      const VerbRule& rule = rule_of(verb);
      Clause c{.verb = verb};
      if (rule.object != NounRule::kNone) c.object = noun_phrase(rule.object);
      if (rule.place != NounRule::kNone) c.place = noun_phrase(rule.place);
      if (rule.has_room) c.room = draw_of<RoomName>(kRoomNames);
      fill_rest(c);
      if (problem_of(c).empty()) return c;
    }
  }

  void fill_rest(Clause& c) {
    if (c.verb == Verb::kDrop && random_.chance(1, 2)) c.object = {};
    if (c.verb == Verb::kPut) {
      c.relation = draw_of<Relation>(lexicon().relations);
      if (!c.object.is_definite) c.object.count = static_cast<std::uint8_t>(random_.between(1, 3));
    }
    if (c.verb == Verb::kBuild) {
      c.structure = draw_of<Structure>(lexicon().structures);
      c.count = static_cast<std::uint8_t>(random_.between(2, 5));
      if (random_.chance(1, 2)) c.colour = draw_of<Colour>(kColourNames);
    }
    if (c.verb == Verb::kSetting) {
      c.setting = draw_of<Setting>(lexicon().settings);
      c.is_on = random_.chance(1, 2);
    }
  }

  Random& random_;
};

class Sample {
 public:
  explicit Sample(std::uint64_t seed) : random_(seed), source_(random_) {}

  void add_every_template() {
    for (const Template& t : lexicon().templates) {
      if (t.set == PhraseSet::kTraining) add(source_.draw_for(t), &t, nullptr);
    }
    for (const JointTemplate& t : lexicon().joints) add(source_.draw_for(t), nullptr, &t);
  }

  void add_every_noun() {
    for (const NounEntry& entry : lexicon().nouns) {
      for (const NounForms& forms : entry.forms) {
        if (entry.is_light) {
          add(fmt::format("turn on the {}", forms.one.text));
          add(fmt::format("turn off one of the {}", forms.several.text));
        } else if (forms.several.words.empty()) {
          add(fmt::format("look at {}", forms.one.text));
        } else {
          add(fmt::format("look at the {}", forms.one.text));
          add(fmt::format("look at one of the {}", forms.several.text));
        }
      }
    }
  }

  // Random ones, until there are `count` and every word that the generator uses has occurred.
  void add_up_to(std::size_t count) {
    std::set<std::string_view> missing(lexicon().words.begin(), lexicon().words.end());
    for (const Sayings& number : lexicon().numbers_from_two) missing.erase(number.back().text);  // digits: read only
    for (std::size_t i = 0; i < phrases_.size() || i < count || !missing.empty(); ++i) {
      if (i == phrases_.size()) add(source_.draw(), nullptr, nullptr);
      std::string_view rest = phrases_[i];
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(" ,"), rest.size());
        missing.erase(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> phrases() && { return std::move(phrases_); }

 private:
  void add(std::string text) { phrases_.push_back(std::move(text)); }
  void add(const Mission& mission, const Template* t, const JointTemplate* joint) {
    Speaker speaker(PhraseSet::kTraining, &random_);
    speaker.use(t, joint);
    speaker.mission(mission);
    add(std::move(speaker).text());
  }

  Random random_;
  MissionSource source_;
  std::vector<std::string> phrases_;
};

}  // namespace

std::vector<std::string> sample_phrases(std::size_t count, std::uint64_t seed) {
  Sample sample(seed);
  sample.add_every_template();
  sample.add_every_noun();
  sample.add_up_to(count);
  return std::move(sample).phrases();
}

}  // namespace atl::envs::playhouse
