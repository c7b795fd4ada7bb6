#include "envs/playhouse/grammar.h"

#include "core/error.h"
#include "envs/playhouse/speaker.h"

namespace atl::envs::playhouse {
namespace {

std::string say_mission(const Mission& mission, PhraseSet set, Random* random) {
  const std::string_view problem = problem_of(mission);
  ATOLL_CHECK(problem.empty(), "a mission cannot be said: {}", problem);
  Speaker speaker(set, random);
  speaker.mission(mission);
  return std::move(speaker).text();
}

}  // namespace

std::string phrase(const Mission& mission, PhraseSet set, Random& random) { return say_mission(mission, set, &random); }

std::string name_of(const Mission& mission) { return say_mission(mission, PhraseSet::kTraining, nullptr); }

std::string name_of(const NounPhrase& object) {
  Speaker speaker(PhraseSet::kTraining, nullptr);
  speaker.noun_phrase(object);
  return std::move(speaker).text();
}

std::string name_of(Kind kind) {
  std::string text;
  if (kind.shape != Shape::kBlock) text = std::string(kSizeNames[static_cast<std::size_t>(kind.size)]) + " ";
  text += kColourNames[static_cast<std::size_t>(kind.colour)];
  text += ' ';
  text += kShapeNames[static_cast<std::size_t>(kind.shape)];
  return text;
}

int num_templates() { return static_cast<int>(lexicon().templates.size()); }

}  // namespace atl::envs::playhouse
