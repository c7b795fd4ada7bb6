// Writes missions in the words of the phrase book. The other half of clause_reader.h.
#pragma once

#include "envs/playhouse/lexicon.h"
#include "envs/playhouse/pronoun.h"

#include <string>

namespace atl::envs::playhouse {

class Speaker {
 public:
  /// Draws templates and synonyms with `random` (borrowed); nullptr: the plain way.
  Speaker(PhraseSet set, Random* random);

  /// Instead of drawing: for what has to be said once in this way. nullptr: draw. Both live as long as the lexicon.
  void use(const Template* next_template, const JointTemplate* next_joint);

  /// `m` can be said (problem_of).
  void mission(const Mission& m);
  void noun_phrase(const NounPhrase& np);

  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::size_t below(std::size_t n);
  template <class T>
  const T& draw(const std::vector<T>& ways) {
    return ways[below(ways.size())];
  }
  template <class Enum>
  void say_one_of(const std::vector<Sayings>& table, Enum value) {
    say(draw(table[static_cast<std::size_t>(value)]));
  }
  [[nodiscard]] const Template& draw_template(const Clause& clause);
  /// Whether "it" is said instead of a part that the clause before has named.
  [[nodiscard]] ItPart draw_it(const Clause& clause, const Clause* said_before);

  void clause(const Clause& c, const Clause* said_before);
  void slot(Slot slot, const Clause& c, ItPart it);
  void relation(Relation value);
  void room(RoomName name);
  void blocks(const Clause& c);
  void noun_phrase(const NounPhrase& np, const NounForms& forms);
  [[nodiscard]] bool determiner(const NounPhrase& np);  // whether a plural has to follow
  void location(const Location& at);
  void word(Word w);
  void say(const Saying& saying);
  void space();

  const Lexicon& lexicon_;
  PhraseSet set_;
  Random* random_;
  const Template* next_template_ = nullptr;
  const JointTemplate* next_joint_ = nullptr;
  std::string text_;
};

/// A template in which every part of the clause has its place, and which is good English for it.
[[nodiscard]] bool suits(const Template& t, const Clause& clause);

}  // namespace atl::envs::playhouse
