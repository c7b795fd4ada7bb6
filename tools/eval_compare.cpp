#include "tools/eval_compare.h"

#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "evaluation/compare_page.h"
#include "tools/command.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>

namespace atl::tools {
namespace {

constexpr const char* kSpecialist = "specialist";

struct CompareFlags {
  std::vector<std::string> paths;
  std::vector<std::string> named;     // NAME=FOLDER,FOLDER
  std::vector<std::string> baseline;  // a name, or folders
  std::filesystem::path out;
  bool json = false;
};

CompareFlags parse_compare_flags(const std::vector<std::string>& arguments, std::optional<int>& exit_code) {
  CompareFlags flags;
  CLI::App app{
      "Evaluations side by side, by world and task: success rates, scores relative to a baseline, and differences "
      "paired by start, with 95 % intervals and permutation tests. What `atoll eval` wrote is read, nothing is "
      "played.\n"
      "FOLDER is one of its folders, or the results.json in it; FOLDER:CONDITION takes another condition than "
      "instructed, as FOLDER:no_language. Folders of one policy's name in several suites or worlds are one agent",
      "atoll eval"};
  app.add_option("--compare", flags.paths, "folders of evaluations")->expected(0, -1);
  app.add_option("--as", flags.named, "`NAME=FOLDER,FOLDER`: one agent of this name, in as many worlds")->take_all();
  app.add_option("--baseline", flags.baseline,
                 "who is 100 % and is subtracted: an agent's name, or folders of evaluations, one a world, which "
                 "become the agent \"specialist\" (default: no relative scores, the first agent is subtracted)")
      ->take_all();
  app.add_option("--out", flags.out, "a new folder for comparison.html and comparison.json");
  app.add_flag("--json", flags.json, "comparison.json on stdout");
  exit_code = parse_flags(app, arguments);
  std::erase(flags.paths, "");  // what CLI11 makes of --compare without folders, where --as names them all
  return flags;
}

evaluation::Evaluation load(const std::string& folder) {
  const std::size_t colon = folder.rfind(':');
  const std::string condition = colon == std::string::npos ? "" : folder.substr(colon + 1);
  const auto& known = evaluation::kConditions;
  if (std::find(std::begin(known), std::end(known), condition) == std::end(known))
    return evaluation::load_evaluation(folder, "instructed");
  return evaluation::load_evaluation(folder.substr(0, colon), condition);
}

// Adds an evaluation to the agent of this name, who may be new.
void add(std::vector<evaluation::ComparedAgent>& agents, const std::string& name, evaluation::Evaluation evaluation) {
  auto agent = std::find_if(agents.begin(), agents.end(), [&](const auto& a) { return a.name == name; });
  if (agent == agents.end()) agent = agents.insert(agent, {name, {}});
  agent->evaluations.push_back(std::move(evaluation));
}

void add_named(std::vector<evaluation::ComparedAgent>& agents, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos)
    fail(ErrorKind::kUsage, "--as {}: expected NAME=FOLDER or NAME=FOLDER,FOLDER", assignment);
  const std::string name = assignment.substr(0, equals);
  std::istringstream folders(assignment.substr(equals + 1));
  for (std::string folder; std::getline(folders, folder, ',');) add(agents, name, load(folder));
}

// The agent that is 100 %; folders become one that stands first.
std::optional<std::size_t> find_baseline(const CompareFlags& flags, std::vector<evaluation::ComparedAgent>& agents) {
  if (flags.baseline.empty()) return std::nullopt;
  const auto named = [&](const std::string& name) {
    return std::find_if(agents.begin(), agents.end(), [&](const auto& a) { return a.name == name; });
  };
  if (flags.baseline.size() == 1 && named(flags.baseline[0]) != agents.end())
    return static_cast<std::size_t>(named(flags.baseline[0]) - agents.begin());
  std::vector<std::string> names;
  for (const auto& agent : agents) names.push_back(agent.name);
  evaluation::ComparedAgent specialist{kSpecialist, {}};
  for (const std::string& folder : flags.baseline) {
    if (!std::filesystem::exists(folder.substr(0, folder.rfind(':'))) && !std::filesystem::exists(folder))
      fail(ErrorKind::kUsage, "--baseline {}: neither an agent ({}) nor a folder", folder, fmt::join(names, ", "));
    specialist.evaluations.push_back(load(folder));
  }
  agents.insert(agents.begin(), std::move(specialist));
  return 0;
}

}  // namespace

bool is_comparison(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--compare" || argument.starts_with("--compare=");
  });
}

int run_comparison(const std::vector<std::string>& arguments) {
  std::optional<int> exit_code;
  const CompareFlags flags = parse_compare_flags(arguments, exit_code);
  if (exit_code) return *exit_code;
  std::vector<evaluation::ComparedAgent> agents;
  for (const std::string& path : flags.paths) {
    evaluation::Evaluation evaluation = load(path);
    const std::string name = evaluation.condition == "instructed"
                                 ? evaluation.policy
                                 : fmt::format("{}, {}", evaluation.policy, evaluation.condition);
    add(agents, name, std::move(evaluation));
  }
  for (const std::string& assignment : flags.named) add_named(agents, assignment);
  const std::optional<std::size_t> baseline = find_baseline(flags, agents);
  const evaluation::Comparison comparison = evaluation::compare(std::move(agents), baseline);

  const std::string json = evaluation::to_json(comparison);
  if (!flags.out.empty()) {
    std::vector<std::string> names;
    for (const evaluation::ComparedAgent& agent : comparison.agents) names.push_back(agent.name);
    create_output_folder(flags.out);
    write_file_atomically(flags.out / "comparison.json", json);
    write_file_atomically(flags.out / "comparison.html",
                          std::string_view(evaluation::to_html(
                              comparison, {.title = fmt::format("{}", fmt::join(names, " · ")),
                                           .command = fmt::format("atoll eval {}", fmt::join(arguments, " ")),
                                           .commit = std::string(git_revision()),
                                           .machine = machine_description(),
                                           .date = utc_now()})));
  }
  if (flags.json) {
    fmt::print("{}", json);
    return 0;
  }
  fmt::print("{}", evaluation::to_table(comparison));
  if (!flags.out.empty()) fmt::print("written: {}\n", (flags.out / "comparison.html").string());
  return 0;
}

}  // namespace atl::tools
