// `atoll sync`: the syncer of a run on several islands, and its tools.
#include "core/config.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/stop.h"
#include "distributed/plan.h"
#include "distributed/replay.h"
#include "distributed/simulation.h"
#include "distributed/syncer.h"
#include "net/keys.h"
#include "tools/command.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace atl::tools {
namespace {

using distributed::SyncerOptions;

// What a file for `atoll sync` holds: [sync], which islands agree on, and [server], the syncer's own.
struct SyncFile {
  SyncerOptions options;
};

void describe(ConfigVisitor& v, SyncFile& file) {
  v.table("sync", file.options.config);
  v.begin_table("server");
  v.field("keep_tape", &file.options.keep_tape);
  v.field("save_minutes", &file.options.save_minutes, {.min = 0, .max = 1e5});
  v.field("save_log_bytes", &file.options.save_log_bytes, {.min = 1 << 20});
  v.field("keep_bytes", &file.options.keep_bytes, {.min = 1 << 20});
  v.end_table();
}

struct SyncFlags {
  std::string address = "tcp://127.0.0.1:*";
  std::filesystem::path keys;
  CommonFlags common;
};

int serve(const SyncFlags& flags) {
  if (flags.common.out.empty())
    fail(ErrorKind::kUsage, "atoll sync needs --out DIR: where the run's state and log are kept");
  SyncFile file;
  config_document(flags.common).read(file);
  SyncerOptions& options = file.options;
  options.address = flags.address;
  options.keys = flags.keys;
  options.folder = flags.common.out;
  distributed::Syncer syncer(options);
  if (flags.common.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"address", syncer.address()}, {"run", options.folder.string()}}.dump());
  } else {
    fmt::print(
        "islands join with: atoll train --config FILE --set island.name=NAME --set 'island.syncer=[\"{}\"]' --out "
        "RUN\n",
        syncer.address());
  }
  std::fflush(stdout);  // whoever started us waits for the address
  syncer.run(stop_requested);
  const distributed::SyncerStatus status = syncer.status();
  log_info("saved at versions {}, {} tokens", fmt::join(status.versions, ", "), status.tokens);
  return 0;
}

int make_keys(const std::filesystem::path& folder, const std::string& island) {
  net::make_keys(folder, island);
  fmt::print("syncer: --keys {}\nisland {}: copy {} to it, over a channel that you trust; then --set island.keys=...\n",
             (folder / "server").string(), island, (folder / island).string());
  return 0;
}

int replay(const std::filesystem::path& folder, bool json) {
  const distributed::Replay found = distributed::replay_run(folder);
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"commits", found.num_commits},
                                              {"versions", found.versions},
                                              {"hashes", found.hashes},
                                              {"checked", found.num_checked},
                                              {"is_equal", found.problem.empty()}}
                           .dump());
  } else {
    fmt::print("{} commits lead to versions {}, hashes {}; {} states on the tape are the same bits\n",
               found.num_commits, fmt::join(found.versions, ", "), fmt::join(found.hashes, ", "), found.num_checked);
  }
  if (found.problem.empty()) return 0;
  fmt::print(stderr, "atoll sync replay: {}\n", found.problem);
  return 1;
}

// The tables of a question for `atoll sync plan`.
struct PlanFile {
  distributed::PlanQuestion question;
};

void describe(ConfigVisitor& v, PlanFile& file) { v.table("plan", file.question); }

int plan(const CommonFlags& flags) {
  PlanFile file;
  config_document(flags).read(file);
  const distributed::Plan plan = distributed::make_plan(file.question);
  SyncFile found;
  found.options.config = plan.config;
  const std::string toml = to_toml(found);
  if (!flags.out.empty()) write_file_atomically(flags.out, std::string_view(toml));
  const double mbit = plan.expected.mean_mbit / file.question.islands;
  if (flags.json) {
    const nlohmann::ordered_json object = {
        {"config", toml},         {"utilisation", plan.expected.utilisation},      {"goodput", plan.expected.goodput},
        {"mbit_an_island", mbit}, {"all_reduce_mbit_an_island", plan.simple_mbit}, {"why", plan.why},
        {"is_met", plan.is_met}};
    fmt::print("{}\n", object.dump());
    return 0;
  }
  for (const std::string& sentence : plan.why) fmt::print("- {}\n", sentence);
  fmt::print(
      "\nexpected: islands compute {:.1f} % of the time they are up; goodput {:.1f} %; {:.1f} Mbit/s an island, both "
      "ways, where an all-reduce of fp32 gradients at each step would take {:.0f}\n",
      100 * plan.expected.utilisation, 100 * plan.expected.goodput, mbit, plan.simple_mbit);
  if (flags.out.empty())
    fmt::print("\n{}", toml);
  else
    fmt::print("\natoll sync --config {} --out DIR\n", flags.out.string());
  return 0;
}

int simulate(const CommonFlags& flags) {
  distributed::Scenario scenario;
  config_document(flags).read(scenario);
  if (flags.seed) scenario.seed = *flags.seed;
  const distributed::Simulated found = distributed::simulate(scenario);
  if (flags.json) {
    const nlohmann::ordered_json object = {{"seconds", found.seconds},     {"tokens", found.tokens},
                                           {"goodput", found.goodput},     {"utilisation", found.utilisation},
                                           {"bytes_up", found.bytes_up},   {"bytes_down", found.bytes_down},
                                           {"peak_mbit", found.peak_mbit}, {"mean_mbit", found.mean_mbit},
                                           {"staleness", found.staleness}, {"commits", found.commits},
                                           {"deltas", found.deltas},       {"failures", found.failures},
                                           {"joins", found.joins},         {"events", found.events}};
    fmt::print("{}\n", object.dump());
    return 0;
  }
  fmt::print("{:.0f} s, {:.3g} tokens committed\n", found.seconds, found.tokens);
  fmt::print("goodput      {:6.1f} %   of what all islands had learned from without waiting or failing\n",
             100 * found.goodput);
  fmt::print("utilisation  {:6.1f} %   of the time that islands were up, they computed\n", 100 * found.utilisation);
  fmt::print("bytes        {:.3g} up, {:.3g} down; {:.1f} Mbit/s in the mean, {:.1f} at the busiest time\n",
             found.bytes_up, found.bytes_down, found.mean_mbit, found.peak_mbit);
  fmt::print("rounds       {} commits of {:.2f} deltas, {:.2f} versions late in the mean\n", found.commits,
             static_cast<double>(found.deltas) / static_cast<double>(std::max<std::int64_t>(1, found.commits)),
             found.staleness);
  fmt::print("lives        {} joins, {} failures\n", found.joins, found.failures);
  return 0;
}

}  // namespace

int run_sync(std::vector<std::string> arguments) {
  CLI::App app{"Lets islands train one policy: collects what each has learned, and hands out what they have together",
               "atoll sync"};
  SyncFlags flags;
  app.add_option("--config", flags.common.config,
                 "TOML file with the tables sync and server; configs/islands/ has one an algorithm");
  app.add_option("--set", flags.common.overrides, "section.key=value, changes the config")->take_all();
  app.add_option("--address", flags.address,
                 "tcp://HOST:PORT (port * or 0: any free one); beyond this machine only with --keys")
      ->capture_default_str();
  app.add_option("--keys", flags.keys, "folder DIR/server of `atoll sync keys`: only its islands may join");
  app.add_option("--out", flags.common.out, "folder of the run: made, or gone on with");
  app.add_flag("--json", flags.common.json, "one JSON object with the address on stdout");
  app.require_subcommand(0, 1);

  std::filesystem::path keys_folder;
  std::string island;
  CLI::App* keys = app.add_subcommand("keys", "make the keys of a syncer and of one island");
  keys->add_option("folder", keys_folder, "DIR: gets DIR/server and DIR/NAME")->required();
  keys->add_option("--island", island, "NAME of the island")->required();

  std::filesystem::path tape;
  CLI::App* again =
      app.add_subcommand("replay", "repeat a run from its tape (server.keep_tape=true) and compare the bits");
  again->add_option("folder", tape, "the --out of the run")->required();
  again->add_flag("--json", flags.common.json, "one JSON object on stdout");

  CLI::App* virtually =
      app.add_subcommand("simulate", "a run in virtual time: what links, speeds and failures make of it");
  virtually
      ->add_option(
          "scenario", flags.common.config,
          "TOML file with the tables sync, scenario, syncer and [[islands]]; configs/islands/scenarios/ has some")
      ->required();
  virtually->add_option("--set", flags.common.overrides, "section.key=value, changes the scenario")->take_all();
  virtually->add_option("--seed", flags.common.seed, "instead of scenario.seed");
  virtually->add_flag("--json", flags.common.json, "one JSON object on stdout");

  CLI::App* advice =
      app.add_subcommand("plan", "recommend how islands should synchronise, with what to expect and why");
  advice->add_option("--config", flags.common.config, "TOML file with the table plan");
  advice
      ->add_option("--set", flags.common.overrides,
                   "plan.KEY=VALUE: parameters, layers, islands, step_s, slowest (times the fastest's step), up_mbit, "
                   "down_mbit, latency_s, "
                   "syncer_mbit, failure_hours, back_s, utilisation (wanted)")
      ->take_all();
  advice->add_option("--out", flags.common.out, "file for the config");
  advice->add_flag("--json", flags.common.json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  if (advice->parsed()) return plan(flags.common);
  if (virtually->parsed()) return simulate(flags.common);
  if (keys->parsed()) return make_keys(keys_folder, island);
  if (again->parsed()) return replay(tape, flags.common.json);
  return serve(flags);
}

}  // namespace atl::tools
