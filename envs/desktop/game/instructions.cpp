#include "envs/desktop/game/instructions.h"

#include "core/error.h"
#include "core/random.h"
#include "envs/desktop/judges/conditions.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kTarget = "{target}";

struct Target {
  std::string word;  // in instructions
  std::string name;  // what judges and mods call it
};

Target target_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals == std::string::npos ? Target{text, text} : Target{text.substr(0, equals), text.substr(equals + 1)};
}

std::string with_target(std::string_view text, std::string_view target) {
  return fill_names(text, [&](std::string_view name) {
    return name == "target" ? std::optional(std::string(target)) : std::nullopt;
  });
}

// As people may write the same words: small letters, one space at a time, no full stop.
std::string plain(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (c == ' ' && (words.empty() || words.back() == ' ')) continue;
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  while (!words.empty() && (words.back() == ' ' || words.back() == '.' || words.back() == '!')) words.pop_back();
  return words;
}

std::vector<std::string> words_of(const InstructionProfile& instruction) {
  std::vector<std::string> words{instruction.text};
  words.insert(words.end(), instruction.phrasings.begin(), instruction.phrasings.end());
  return words;
}

// What `said` says in the place of {target}; nothing if it is not `form`.
std::optional<std::string> heard_target(const std::string& said, const std::string& form) {
  const std::size_t mark = form.find(kTarget);
  if (mark == std::string::npos) return said == form ? std::optional<std::string>("") : std::nullopt;
  const std::string_view before = std::string_view(form).substr(0, mark);
  const std::string_view after = std::string_view(form).substr(mark + kTarget.size());
  if (said.size() <= before.size() + after.size() || !said.starts_with(before) || !said.ends_with(after))
    return std::nullopt;
  return said.substr(before.size(), said.size() - before.size() - after.size());
}

// The target of `instruction` called `word`; nothing if it has no such.
std::optional<Target> find_target(const InstructionProfile& instruction, const std::string& word) {
  for (const std::string& text : instruction.targets) {
    Target target = target_of(text);
    if (plain(target.word) == plain(word) || target.name == word) return target;
  }
  if (instruction.any_target && !word.empty()) return Target{word, word};
  return std::nullopt;
}

struct Meant {
  const InstructionProfile* instruction = nullptr;
  std::optional<Target> target;
};

std::optional<Meant> understand(const GameProfile& profile, const std::string& said) {
  for (const InstructionProfile& instruction : profile.instructions) {
    for (const std::string& form : words_of(instruction)) {
      const auto word = heard_target(plain(said), plain(form));
      if (!word) continue;
      if (word->empty() && instruction.targets.size() <= 1) {
        if (instruction.targets.empty()) return Meant{&instruction, std::nullopt};
        return Meant{&instruction, target_of(instruction.targets.front())};
      }
      if (auto target = find_target(instruction, *word)) return Meant{&instruction, std::move(target)};
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse_target(const GameProfile& profile, const Task& task) {
  std::vector<std::string> known;
  for (const InstructionProfile& instruction : profile.instructions) {
    if (instruction.task != task.family) continue;
    for (const std::string& text : instruction.targets) known.push_back(target_of(text).word);
  }
  fail(ErrorKind::kEnvironment, "{} has no \"{}\" to {}; it has: {}", profile.name, task.target, task.family,
       known.empty() ? "nothing" : fmt::format("{}", fmt::join(known, ", ")));
}

// One of the family's instructions, and its target where none is given.
std::optional<Meant> draw(const GameProfile& profile, const Task& task, Random& random) {
  std::vector<Meant> choices;
  bool is_family = false;
  for (const InstructionProfile& instruction : profile.instructions) {
    if (instruction.task != task.family) continue;
    is_family = true;
    if (!task.target.empty()) {
      if (auto target = find_target(instruction, task.target)) choices.push_back({&instruction, std::move(target)});
    } else if (instruction.targets.empty()) {
      choices.push_back({&instruction, std::nullopt});
    } else {
      for (const std::string& text : instruction.targets) choices.push_back({&instruction, target_of(text)});
    }
  }
  if (choices.empty() && is_family) refuse_target(profile, task);
  if (choices.empty()) return std::nullopt;
  return choices[random.below(static_cast<std::uint32_t>(choices.size()))];
}

// A pattern means the target itself, whatever characters it holds.
std::string filled_condition(const std::string& text, const std::string& target) {
  const std::size_t at = text.find_first_of("=!<>~");
  const bool is_pattern = at != std::string::npos && (text[at] == '~' || text.compare(at, 2, "!~") == 0);
  return with_target(text, is_pattern ? escape_regex(target) : target);
}

JudgeProfile filled_judge(JudgeProfile judge, const std::string& target) {
  for (auto* conditions : {&judge.success, &judge.wrong, &judge.failure}) {
    for (std::string& text : *conditions) text = filled_condition(text, target);
  }
  judge.says = with_target(judge.says, target);
  return judge;
}

GameTask free_play(const GameProfile& profile, const Task& task) {
  GameTask free{.task = task, .judge = {.name = "none"}, .target = task.target, .scene = {}};
  // What a profile names for all is about a target: without one nothing is asked for.
  const JudgeProfile judge = judge_named(profile, profile.tasks.judge);
  if (judge.kind == "program" || !task.target.empty()) free.judge = filled_judge(judge, task.target);
  if (free.task.instruction.empty() && !task.target.empty())
    free.task.instruction = fmt::format("{} the {}", task.family, task.target);
  return free;
}

}  // namespace

GameTask resolve_task(const GameProfile& profile, std::uint64_t seed, const Task& task) {
  Random random(derive_seed(seed, 0x7461736b));
  const std::vector<std::string> families = families_of(profile);
  if (!task.family.empty() && std::find(families.begin(), families.end(), task.family) == families.end())
    fail(ErrorKind::kEnvironment, "{} has no task \"{}\"; it has: {}", profile.name, task.family,
         fmt::join(families, ", "));
  std::optional<Meant> meant;
  if (!task.instruction.empty()) meant = understand(profile, task.instruction);
  if (meant && !task.target.empty() && (!meant->target || meant->target->word != task.target)) meant.reset();
  if (!meant && !task.family.empty() && (task.instruction.empty() || !task.target.empty()))
    meant = draw(profile, task, random);
  GameTask resolved = meant ? GameTask{.task = task, .judge = {}, .target = {}, .scene = {}} : free_play(profile, task);
  if (meant) {
    const InstructionProfile& instruction = *meant->instruction;
    const Target target = meant->target.value_or(Target{});
    resolved.task.family = instruction.task;
    resolved.task.target = target.word;
    resolved.target = target.name;
    const std::vector<std::string> words = words_of(instruction);
    const std::string& form = words[random.below(static_cast<std::uint32_t>(words.size()))];
    if (task.instruction.empty()) resolved.task.instruction = with_target(form, target.word);
    if (task.time_limit_s <= 0) resolved.task.time_limit_s = instruction.time_limit_s;
    resolved.judge = filled_judge(judge_named(profile, instruction.judge), target.name);
    resolved.count = instruction.count;
    resolved.scene = instruction.scene;
  }
  if (resolved.task.time_limit_s <= 0) resolved.task.time_limit_s = profile.tasks.time_limit_s;
  return resolved;
}

std::vector<std::string> all_instructions(const GameProfile& profile) {
  std::vector<std::string> all;
  for (const InstructionProfile& instruction : profile.instructions) {
    if (instruction.targets.empty()) all.push_back(instruction.text);
    for (const std::string& text : instruction.targets)
      all.push_back(with_target(instruction.text, target_of(text).word));
  }
  return all;
}

}  // namespace atl::envs::desktop
