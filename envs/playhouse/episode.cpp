#include "envs/playhouse/episode.h"

#include "core/error.h"
#include "envs/playhouse/language.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace atl::envs::playhouse {
namespace {

constexpr std::uint64_t kFamilyStream = 64;
constexpr std::uint64_t kPhraseStream = 128;

int index_named(std::span<const std::string_view> names, std::string_view name, std::string_view what) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) {
    fail(ErrorKind::kEnvironment, "playhouse: unknown {} \"{}\", expected one of: {}", what, name,
         fmt::join(names, ", "));
  }
  return static_cast<int>(it - names.begin());
}

std::string names_in(const Scene& scene) {
  std::string names;
  for (const Object& object : scene.objects) names += (names.empty() ? "" : ", ") + name_of(object.kind);
  return names;
}

int require_object(const Scene& scene, std::string_view name, std::string_view asked_by) {
  const std::optional<int> object = find_object(scene, name);
  if (!object) {
    fail(ErrorKind::kEnvironment, "playhouse: {} asks for \"{}\", but this seed's scene holds: {}", asked_by, name,
         names_in(scene));
  }
  return *object;
}

// The target: named by the task, else by the task's words, else drawn.
int target_of(const Task& task, const Scene& scene, Family family) {
  if (!task.target.empty()) return require_object(scene, task.target, "the task");
  if (task.instruction.empty()) return scene.drawn_target;
  const std::optional<Meaning> meaning = understand(task.instruction);
  if (!meaning) return scene.drawn_target;
  if (meaning->family != family) {
    fail(ErrorKind::kEnvironment, "playhouse: the instruction \"{}\" means \"{}\", but the task's family is \"{}\"",
         task.instruction, kFamilyNames[static_cast<std::size_t>(meaning->family)],
         kFamilyNames[static_cast<std::size_t>(family)]);
  }
  return require_object(scene, name_of(meaning->kind), "the instruction");
}

int limit_of(const Task& task) {
  const double limit_s = task.time_limit_s == 0.0 ? kDefaultTimeLimit_s : task.time_limit_s;
  if (!(limit_s >= 1.0 / kActionRateHz && limit_s <= 86400.0)) {
    fail(ErrorKind::kEnvironment, "playhouse: time limit {} s, expected one action step (0.0667 s) to a day (86400 s)",
         limit_s);
  }
  return static_cast<int>(limit_s * kTickRateHz + 0.5);
}

std::string name_at(const World& world, int index) {
  return name_of(world.scene().objects[static_cast<std::size_t>(index)].kind);
}

}  // namespace

Family family_named(std::string_view name) {
  return static_cast<Family>(index_named(kFamilyNames, name, "task family"));
}

Episode create_episode(std::uint64_t seed, const Task& task) {
  Episode episode;
  Quest& quest = episode.quest;
  quest.family = task.family.empty()
                     ? static_cast<Family>(Random(derive_seed(seed, kFamilyStream)).below(kFamilyNames.size()))
                     : family_named(task.family);
  const auto split = static_cast<Split>(index_named(kSplitNames, task.split, "split"));
  episode.scene = create_scene(seed, quest.family, split);
  quest.target = target_of(task, episode.scene, quest.family);
  quest.limit_ticks = limit_of(task);

  const Kind kind = episode.scene.objects[static_cast<std::size_t>(quest.target)].kind;
  episode.task = task;
  episode.task.family = kFamilyNames[static_cast<std::size_t>(quest.family)];
  episode.task.target = name_of(kind);
  if (task.time_limit_s == 0.0) episode.task.time_limit_s = kDefaultTimeLimit_s;
  if (task.instruction.empty()) {
    const PhraseSet phrases = split == Split::kHeldOutPhrases ? PhraseSet::kHeldOut : PhraseSet::kTraining;
    Random random(derive_seed(seed, kPhraseStream + static_cast<std::uint64_t>(quest.target)));
    episode.task.instruction = phrase(quest.family, kind, phrases, random);
  }
  return episode;
}

Outcome outcome_of(const World& world) {
  static constexpr std::array<std::string_view, 3> kDone{"reached", "looked at", "picked up"};
  Outcome outcome;
  outcome.verdict = world.verdict();
  const std::string target = name_at(world, world.quest().target);
  const std::string_view done = kDone[static_cast<std::size_t>(world.quest().family)];
  if (outcome.verdict == Verdict::kTimeout) {
    outcome.truncated = true;
    outcome.reason = fmt::format("time ran out after {:.1f} s before the {} was {}",
                                 static_cast<double>(world.num_ticks()) / kTickRateHz, target, done);
  } else if (world.is_over()) {
    outcome.terminated = true;
    outcome.object = name_at(world, world.object());
    const bool success = outcome.verdict == Verdict::kSuccess;
    outcome.reward = success ? 1.0 : 0.0;
    outcome.reason = success ? fmt::format("{} the {}", done, target)
                             : fmt::format("{} the {}, asked for the {}", done, outcome.object, target);
  }
  return outcome;
}

}  // namespace atl::envs::playhouse
