// What a profile must be beyond its single fields: `validate` of profile.h.
#include "core/controls.h"
#include "core/error.h"
#include "envs/desktop/game/hands.h"
#include "envs/desktop/game/instructions.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/game/script_conditions.h"
#include "envs/desktop/judges/conditions.h"

#include <algorithm>

namespace atl::envs::desktop {
namespace {

class Checker {
 public:
  explicit Checker(const GameProfile& profile) : profile_(profile) {}

  std::vector<std::string> check() {
    check_program();
    check_files();
    check_controls("game.controls", profile_.game.controls);
    for (std::size_t i = 0; i < profile_.start.size(); ++i) check_step(fmt::format("start.{}", i), profile_.start[i]);
    check_reset();
    for (std::size_t i = 0; i < profile_.judges.size(); ++i) check_judge(i);
    for (std::size_t i = 0; i < profile_.instructions.size(); ++i) check_instruction(i);
    for (std::size_t i = 0; i < profile_.trials.size(); ++i) check_trial(i);
    if (!is_judge(profile_.tasks.judge))
      add("tasks.judge is \"{}\", expected none or a name of [[judges]]", profile_.tasks.judge);
    return std::move(problems_);
  }

 private:
  template <class... Values>
  void add(fmt::format_string<Values...> text, Values&&... values) {
    problems_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  template <class Body>
  void note(const std::string& where, Body body) {
    try {
      body();
    } catch (const Error& error) {
      add("{}: {}", where, error.what());
    }
  }

  void check_program() {
    if (profile_.name.empty()) add("name is empty, expected the world's name");
    if (profile_.program.command.empty()) add("program.command is empty, expected program and arguments");
    for (const std::string& entry : profile_.program.environment) {
      if (entry.find('=') == std::string::npos) add("program.environment: \"{}\", expected NAME=value", entry);
    }
    if (!is_inside(profile_.program.folder))
      add("program.folder: \"{}\", expected a path below {{home}}", profile_.program.folder);
  }

  void check_files() {
    for (const ProfileFile& file : profile_.files) {
      if (file.name.empty() || !is_inside(file.name))
        add("files: name \"{}\", expected a path below {{home}}", file.name);
      if (!is_inside(file.from)) add("files: from \"{}\", expected a path below {{profile}}", file.from);
      if (!file.from.empty() && !file.text.empty()) add("files: {} has both a text and from", file.name);
    }
  }

  static bool is_inside(const std::filesystem::path& path) {
    return !path.is_absolute() && std::find(path.begin(), path.end(), "..") == path.end();
  }

  void check_controls(const std::string& where, const std::vector<std::string>& names) {
    for (const std::string& name : names) note(where, [&] { static_cast<void>(control_named(name)); });
  }

  void check_step(const std::string& where, const ScriptStep& step) {
    check_controls(where + ".press", step.press);
    if (!step.pointer.empty() && step.pointer.size() != 2)
      add("{}.pointer has {} numbers, expected x and y", where, step.pointer.size());
    if (!is_inside(step.file)) add("{}.file: \"{}\", expected a path below {{home}}", where, step.file);
    if (!step.file.empty() && step.log.empty()) add("{}.file is read for a line, but log is empty", where);
    note(where, [&] { static_cast<void>(ScriptConditions(step, {}, {}, LineTail::Start::kEnd)); });
  }

  void check_reset() {
    const ResetProfile& reset = profile_.reset;
    for (std::size_t i = 0; i < reset.steps.size(); ++i) check_step(fmt::format("reset.steps.{}", i), reset.steps[i]);
    if (reset.how == "keys" && reset.steps.empty()) add("reset.how is keys, but there are no [[reset.steps]]");
    const bool asks = reset.how == "request";
    if (asks && (reset.request.empty() || reset.answers.empty() || reset.ready.empty()))
      add("reset.how is request: expected request, answers and ready");
    if (!is_inside(reset.request) || !is_inside(reset.answers))
      add("reset: request \"{}\" and answers \"{}\", expected paths below {{home}}", reset.request, reset.answers);
    for (const std::string& text : reset.ready) note("reset.ready", [&] { static_cast<void>(Condition(text)); });
    for (std::size_t i = 0; i < reset.starts.size(); ++i) {
      if (reset.starts[i].arguments.empty())
        add("reset.starts.{}: arguments is empty, expected what the program is told to start there", i);
    }
    if (profile_.program.talks && !reset.starts.empty())
      add("reset.starts: found {}, but a program that talks is told where to begin", reset.starts.size());
    if (profile_.program.talks && reset.how != "restart")
      add("reset.how is {}, but a program that talks is told to begin again", reset.how);
  }

  void check_judge(std::size_t index) {
    const JudgeProfile& judge = profile_.judges[index];
    const std::string where = fmt::format("judges.{} ({})", index, judge.name);
    if (judge.name.empty() || judge.name == "none") add("{}: a judge needs a name of its own", where);
    const auto same = std::count_if(profile_.judges.begin(), profile_.judges.end(),
                                    [&](const JudgeProfile& other) { return other.name == judge.name; });
    if (same > 1) add("{}: {} judges have this name", where, same);
    for (const std::string& problem : problems_of(judge)) add("{}: {}", where, problem);
    if (!is_inside(judge.file)) add("{}: file \"{}\", expected a path below {{home}}", where, judge.file);
    if (judge.kind == "program" && !profile_.program.talks)
      add("{}: kind program, but program.talks is false: it tells nothing", where);
    if (judge.kind == "motion" && !(profile_.game.field_of_view_deg > 0 && profile_.game.field_of_view_deg < 180))
      add("{}: kind motion needs game.field_of_view_deg, found {}", where, profile_.game.field_of_view_deg);
  }

  [[nodiscard]] bool is_judge(const std::string& name) const {
    return name == "none" || std::any_of(profile_.judges.begin(), profile_.judges.end(),
                                         [&](const JudgeProfile& judge) { return judge.name == name; });
  }

  void check_instruction(std::size_t index) {
    const InstructionProfile& instruction = profile_.instructions[index];
    const std::string where = fmt::format("instructions.{} ({})", index, instruction.text);
    if (instruction.task.empty()) add("{}: task is empty, expected a family", where);
    if (instruction.text.empty()) add("{}: text is empty, expected the words", where);
    if (!is_judge(instruction.judge))
      add("{}: judge \"{}\", expected none or a name of [[judges]]", where, instruction.judge);
    const bool takes_target = !instruction.targets.empty() || instruction.any_target;
    std::vector<std::string> words = instruction.phrasings;
    words.push_back(instruction.text);
    for (const std::string& text : words) {
      if (takes_target && instruction.targets.size() != 1 && text.find("{target}") == std::string::npos)
        add("{}: \"{}\" does not name its {{target}}", where, text);
      if (!takes_target && text.find("{target}") != std::string::npos)
        add("{}: \"{}\" names a {{target}}, but there are no targets", where, text);
    }
  }

  void check_trial(std::size_t index) {
    const TrialProfile& trial = profile_.trials[index];
    const std::string where = fmt::format("trials.{} ({})", index, trial.instruction);
    const std::vector<std::string> known = all_instructions(profile_);
    if (std::find(known.begin(), known.end(), trial.instruction) == known.end())
      add("{}: expected the usual words of one of the instructions, with one of its targets", where);
    for (const int start : trial.starts) {
      if (static_cast<std::size_t>(start) >= profile_.reset.starts.size())
        add("{}: start {}, but [reset] has {} starts, counted from 0", where, start, profile_.reset.starts.size());
    }
    for (const auto* hands : {&trial.yes, &trial.no}) {
      for (const std::string& text : *hands) note(where, [&] { check_hands(text, where); });
    }
  }

  void check_hands(const std::string& text, const std::string& where) {
    const std::vector<std::string>& may = profile_.game.controls;
    for (const std::string& control : parse_hands(text).controls) {
      if (std::find(may.begin(), may.end(), control) == may.end())
        add("{}: \"{}\" presses {}, which is none of game.controls", where, text, control);
    }
  }

  const GameProfile& profile_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> validate(const GameProfile& profile) { return Checker(profile).check(); }

}  // namespace atl::envs::desktop
