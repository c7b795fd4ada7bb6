#include "envs/playhouse/clause_reader.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/refusal.h"
#include "envs/playhouse/utterance.h"

#include <fmt/core.h>

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// Collects all missions that words can mean, and the first thing that is wrong with those that they almost mean.
class Readings {
 public:
  Readings(const Utterance& said, ClauseReader& reader) : said_(said), reader_(reader) {}

  void read() {
    for (const ClauseReading& only : reader_.clauses_at(0)) {
      if (only.end == said_.words.size()) accept(only);
    }
    for (const JointTemplate& joint : lexicon().joints) read(joint);
  }

  [[nodiscard]] const std::vector<Mission>& missions() const { return missions_; }
  [[nodiscard]] PhraseSet set() const { return set_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void accept(const ClauseReading& only) {
    if (only.it != ItPart::kNone) return complain(0, only.end, "\"it\" stands for nothing here: name the thing");
    if (!only.problem.empty()) return complain(0, only.end, only.problem);
    add({.first = only.clause}, only.set);
  }

  void read(const JointTemplate& joint) {
    if (!says(said_.words, 0, joint.before)) return;
    for (const ClauseReading& a : reader_.clauses_at(joint.before.size())) {
      if (!says(said_.words, a.end, joint.between)) continue;
      const std::size_t begin = a.end + joint.between.size();
      for (const ClauseReading& b : reader_.clauses_at(begin)) {
        if (b.end + joint.after.size() != said_.words.size() || !says(said_.words, b.end, joint.after)) continue;
        accept(joint, a, begin, b);
      }
    }
  }

  // `a` is said first, from the joint's first words on; `b` from `begin` on.
  void accept(const JointTemplate& joint, const ClauseReading& a, std::size_t begin, const ClauseReading& b) {
    const std::size_t a_begin = joint.before.size();
    if (a.it != ItPart::kNone) return complain(a_begin, a.end, "\"it\" stands for nothing yet: name the thing");
    if (!a.problem.empty()) return complain(a_begin, a.end, a.problem);
    if (!b.problem.empty()) return complain(begin, b.end, b.problem);
    Clause later = b.clause;
    if (b.it != ItPart::kNone) {
      const std::optional<Clause> resolved = resolve_it(b.clause, b.it, a.clause);
      if (!resolved) return complain(begin, b.end, "what \"it\" stands for does not go here: name the thing");
      later = *resolved;
    }
    Mission mission{a.clause, joint.joint, later};
    if (joint.second_comes_first) std::swap(mission.first, mission.second);
    if (const std::string_view problem = problem_of(mission); !problem.empty()) {
      return complain(0, said_.words.size(), problem);
    }
    const bool is_held_out = a.set == PhraseSet::kHeldOut || b.set == PhraseSet::kHeldOut;
    add(mission, is_held_out ? PhraseSet::kHeldOut : PhraseSet::kTraining);
  }

  void add(const Mission& mission, PhraseSet set) {
    if (std::find(missions_.begin(), missions_.end(), mission) != missions_.end()) return;
    if (missions_.empty()) set_ = set;
    missions_.push_back(mission);
  }

  void complain(std::size_t begin, std::size_t end, std::string_view problem) {
    if (problem_.empty()) problem_ = fmt::format("\"{}\": {}", said_.shown(begin, end), problem);
  }

  const Utterance& said_;
  ClauseReader& reader_;
  std::vector<Mission> missions_;
  PhraseSet set_ = PhraseSet::kTraining;
  std::string problem_;
};

// What is wrong with `said` where articles are missing, if that is all or if what it would be makes no sense.
std::string refuse_articles(const Utterance& said) {
  const std::string better = with_articles(said);
  const Utterance better_said(better);
  ClauseReader reader(lexicon(), better_said.words);
  Readings readings(better_said, reader);
  readings.read();
  if (readings.missions().empty()) return readings.problem();
  return fmt::format("\"{}\" is not understood: did you mean \"{}\"?", said.shown(0, said.words.size()), better);
}

Parsed refused(std::string problem) {
  return {.mission = {}, .set = PhraseSet::kTraining, .problem = std::move(problem)};
}

}  // namespace

Parsed parse(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return refused(fmt::format("an instruction has {} letters at most, this has {}", kMaxTextBytes, text.size()));
  }
  const Utterance said(text);
  if (said.words.empty()) return refused("there is no instruction: say for example \"go to the red ball\"");
  if (said.words.size() > kMaxTextWords) {
    return refused(fmt::format("an instruction has {} words at most, this has {}", kMaxTextWords, said.words.size()));
  }
  ClauseReader reader(lexicon(), said.words);
  if (std::string problem = refuse_words(said, reader); !problem.empty()) return refused(std::move(problem));
  Readings readings(said, reader);
  readings.read();
  const std::vector<Mission>& missions = readings.missions();
  if (missions.size() == 1) return {.mission = missions.front(), .set = readings.set(), .problem = {}};
  if (missions.size() > 1) {
    return refused(
        fmt::format("this can mean \"{}\" or \"{}\": say one of them", name_of(missions[0]), name_of(missions[1])));
  }
  if (!readings.problem().empty()) return refused(readings.problem());
  if (std::string problem = refuse_articles(said); !problem.empty()) return refused(std::move(problem));
  return refused(refuse_structure(said, reader));
}

}  // namespace atl::envs::playhouse
