// Scenarios as files: see scenario.h.
#include "core/config.h"
#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "envs/playhouse/action_text.h"
#include "envs/playhouse/playhouse.h"
#include "envs/playhouse/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace atl::envs::playhouse {
namespace {

constexpr std::string_view kStepMark = "; ";
constexpr std::string_view kPlayerMark = " | ";
constexpr std::string_view kTimesMark = "* ";
constexpr std::size_t kLineWidth = 100;
constexpr int kMostSteps = 1'000'000;

// ---- The file, as its keys are.

struct CheckpointInFile {
  int step = 0;
  std::string state{};
  std::vector<std::string> pictures{};
};

struct ScenarioInFile {
  int version = kScenarioVersion;
  std::string world{};
  std::uint64_t seed = 0;
  int frame_width_px = 0;
  int frame_height_px = 0;
  std::string verdict{};
  Task task;
  int steps = 0;
  std::vector<std::string> actions{};
  std::vector<CheckpointInFile> checkpoints{};
};

void describe(ConfigVisitor& v, CheckpointInFile& c) {
  v.field("step", &c.step, {.min = 0, .max = kMostSteps});
  v.field("state", &c.state);
  v.field("pictures", &c.pictures);
}

void describe(ConfigVisitor& v, ScenarioInFile& s) {
  v.field("version", &s.version, {.min = 1, .max = kScenarioVersion});
  v.field("world", &s.world);
  v.field("seed", &s.seed);
  v.field("frame_width_px", &s.frame_width_px, {.min = 8, .max = 4096});
  v.field("frame_height_px", &s.frame_height_px, {.min = 8, .max = 4096});
  v.field("verdict", &s.verdict);
  v.table("task", s.task);
  v.begin_table("prefix");
  v.field("steps", &s.steps, {.min = 0, .max = kMostSteps});
  v.field("actions", &s.actions);
  v.end_table();
  v.list("checkpoint", s.checkpoints);
}

// ---- Steps as text.

// Calls `visit` with each part of `text` between marks.
template <class Visit>
void split(std::string_view text, std::string_view mark, Visit visit) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(mark, begin), text.size());
    visit(text.substr(begin, end - begin));
    begin = end == text.size() ? end + 1 : end + mark.size();
  }
}

// Writes and reads steps in order, because what is held after one is unsaid in the next.
class StepText {
 public:
  explicit StepText(std::size_t num_players) : held_(num_players) {}

  [[nodiscard]] std::string write(const std::vector<Action>& step) {
    std::string text;
    for (std::size_t p = 0; p < held_.size(); ++p) {
      if (p > 0) text += kPlayerMark;
      text += text_of(step.at(p), held_[p]);
      held_[p] = step[p].held;
    }
    return text;
  }

  [[nodiscard]] std::vector<Action> read(std::string_view text) {
    std::vector<Action> step;
    split(text, kPlayerMark, [&](std::string_view part) {
      if (step.size() == held_.size()) fail(ErrorKind::kFormat, "more actions than {} players", held_.size());
      const std::size_t p = step.size();
      step.push_back(action_of(part, held_[p]));
      held_[p] = step[p].held;
    });
    if (step.size() != held_.size())
      fail(ErrorKind::kFormat, "{} actions for {} players, expected one each", step.size(), held_.size());
    return step;
  }

 private:
  std::vector<ControlSet> held_;  // by player
};

std::vector<std::string> lines_of(const Scenario& scenario, std::size_t num_players) {
  StepText text(num_players);
  std::vector<std::string> words;  // one for each run of steps with equal text
  std::string last;
  int times = 0;
  const auto flush = [&] {
    if (times > 0) words.push_back(times > 1 ? fmt::format("{}{}{}", times, kTimesMark, last) : last);
  };
  for (const std::vector<Action>& step : scenario.steps) {
    std::string word = text.write(step);
    if (times > 0 && word == last) {
      ++times;
      continue;
    }
    flush();
    last = std::move(word);
    times = 1;
  }
  flush();
  std::vector<std::string> lines;
  for (const std::string& word : words) {
    if (lines.empty() || lines.back().size() + word.size() > kLineWidth)
      lines.push_back(word);
    else
      lines.back().append(kStepMark).append(word);
  }
  return lines;
}

// "3* w": how many, and of what.
std::pair<int, std::string_view> times_of(std::string_view word) {
  const std::size_t mark = word.find(kTimesMark);
  if (mark == std::string_view::npos) return {1, word};
  int times = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + mark, times);
  if (problem != std::errc{} || end != word.data() + mark || times < 2 || times > kMostSteps)
    fail(ErrorKind::kFormat, "\"{}\": expected 2 to {} before \"*\"", word, kMostSteps);
  return {times, word.substr(mark + kTimesMark.size())};
}

void read_steps(const ScenarioInFile& file, std::size_t num_players, const std::string& name, Scenario& scenario) {
  StepText text(num_players);
  const auto most = static_cast<std::size_t>(file.steps);
  for (const std::string& line : file.actions) {
    split(line, kStepMark, [&](std::string_view word) {
      try {
        const auto [times, step] = times_of(word);
        for (int i = 0; i < times && scenario.steps.size() <= most; ++i) scenario.steps.push_back(text.read(step));
      } catch (const Error& error) {
        fail(ErrorKind::kFormat, "{}: prefix.actions: step {}, \"{}\": {}", name, scenario.steps.size(), word,
             error.what());
      }
    });
  }
  if (scenario.steps.size() != most)
    fail(ErrorKind::kFormat, "{}: prefix.actions has {} steps{}, prefix.steps says {}", name,
         std::min(scenario.steps.size(), most), scenario.steps.size() > most ? " and more" : "", most);
}

std::uint64_t hash_of(const std::string& text, const std::string& where) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (problem != std::errc{} || end != text.data() + text.size() || to_hex(value) != text)
    fail(ErrorKind::kFormat, "{} is \"{}\", expected 16 lower-case hexadecimal digits", where, text);
  return value;
}

void read_checkpoints(const ScenarioInFile& file, std::size_t num_players, const std::string& name,
                      Scenario& scenario) {
  for (const CheckpointInFile& from : file.checkpoints) {
    const std::string where = fmt::format("{}: checkpoint {}", name, scenario.checkpoints.size());
    const int before = scenario.checkpoints.empty() ? -1 : scenario.checkpoints.back().step;
    if (from.step <= before)
      fail(ErrorKind::kFormat, "{}: step is {}, expected more than {}", where, from.step, before);
    if (from.pictures.size() != num_players)
      fail(ErrorKind::kFormat, "{}: {} pictures, expected one for each of {} players", where, from.pictures.size(),
           num_players);
    Checkpoint& to = scenario.checkpoints.emplace_back();
    to.step = from.step;
    to.state = hash_of(from.state, where + ": state");
    for (const std::string& picture : from.pictures) to.pictures.push_back(hash_of(picture, where + ": a picture"));
  }
  if (scenario.checkpoints.empty() || scenario.checkpoints.front().step != 0 ||
      scenario.checkpoints.back().step != file.steps)
    fail(ErrorKind::kFormat, "{}: the first [[checkpoint]] must be at step 0 and the last at the cut, step {}", name,
         file.steps);
}

std::size_t players_in(const std::string& world) {
  return static_cast<std::size_t>(level_named(playhouse_named(world).level).players);
}

}  // namespace

Scenario read_scenario(const std::filesystem::path& path) {
  return parse_scenario(read_text_file(path), path.string());
}

Scenario parse_scenario(std::string_view text, const std::string& name) {
  const auto file = parse_config<ScenarioInFile>(text, name);
  if (!is_playhouse_name(file.world))
    fail(ErrorKind::kFormat, "{}: world is \"{}\", expected \"playhouse\", \"playhouse/LEVEL\", ...", name, file.world);
  const std::optional<Verdict> verdict = find_verdict(file.verdict);
  if (!verdict)
    fail(ErrorKind::kFormat, "{}: verdict is \"{}\", expected \"running\", \"success\", ...", name, file.verdict);
  Scenario scenario;
  scenario.world = file.world;
  scenario.seed = file.seed;
  scenario.task = file.task;
  scenario.frame = {file.frame_width_px, file.frame_height_px};
  scenario.verdict = *verdict;
  const std::size_t num_players = players_in(file.world);
  read_steps(file, num_players, name, scenario);
  read_checkpoints(file, num_players, name, scenario);
  return scenario;
}

std::string to_text(const Scenario& scenario) {
  ScenarioInFile file{.world = scenario.world,
                      .seed = scenario.seed,
                      .frame_width_px = scenario.frame.width_px,
                      .frame_height_px = scenario.frame.height_px,
                      .verdict = std::string(to_string(scenario.verdict)),
                      .task = scenario.task,
                      .steps = static_cast<int>(scenario.steps.size()),
                      .actions = lines_of(scenario, players_in(scenario.world))};
  for (const Checkpoint& from : scenario.checkpoints) {
    CheckpointInFile& to = file.checkpoints.emplace_back();
    to.step = from.step;
    to.state = to_hex(from.state);
    for (const std::uint64_t picture : from.pictures) to.pictures.push_back(to_hex(picture));
  }
  return to_toml(file);
}

}  // namespace atl::envs::playhouse
