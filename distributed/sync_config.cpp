#include "distributed/sync_config.h"

#include <fmt/format.h>

namespace atl::distributed {

void describe(ConfigVisitor& v, SyncConfig& config) {
  v.field("steps", &config.steps, {.min = 1, .max = 1e6});
  v.field("overlap_steps", &config.overlap_steps, {.min = 0, .max = 1e6});
  v.field("mix", &config.mix, {.min = 0, .max = 1});
  v.field("eager", &config.eager);
  v.field("dynamic_steps", &config.dynamic_steps);
  v.field("error_feedback", &config.error_feedback);
  v.field("feedback_decay", &config.feedback_decay, {.min = 0, .max = 1});
  v.field("max_norm", &config.max_norm, {.min = 0, .max = 1e6});
  v.field("reply", &config.reply, {.one_of = {"deltas", "mean"}});
  v.table("fragments", config.fragments);
  v.table("codec", config.codec);
  v.table("outer", config.outer);
  v.table("rounds", config.rounds);
  v.table("members", config.members);
}

std::vector<std::string> problems_of(const SyncConfig& config) {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& where, const std::string& problem) {
    if (!problem.empty()) problems.push_back(where + problem);
  };
  const auto check = [&](bool holds, const std::string& problem) {
    if (!holds) problems.push_back(problem);
  };
  add("sync.codec: ", problem_of(config.codec));
  add("sync.outer: ", problem_of(config.outer));
  check(config.overlap_steps < config.steps, fmt::format("sync.overlap_steps is {}, expected less than sync.steps = "
                                                         "{}: a fragment would be sent again before it is there",
                                                         config.overlap_steps, config.steps));
  check(config.fragments.count <= config.steps,
        fmt::format("sync.fragments.count is {}, expected at most sync.steps = {}: one fragment is sent a step",
                    config.fragments.count, config.steps));
  check(config.mix == 0 || config.overlap_steps > 0,
        fmt::format("sync.mix is {}, but islands wait for the new parameters (sync.overlap_steps = 0): there is "
                    "nothing of their own to keep",
                    config.mix));
  const bool is_each = config.rounds.apply == "each";
  check(!is_each || config.rounds.quorum > 0,
        "sync.rounds.apply is \"each\" with sync.rounds.quorum = 0 (all islands); expected a quorum, 1 for "
        "asynchronous runs");
  check(!is_each || config.outer.kind != "nesterov",
        "sync.rounds.apply is \"each\" with sync.outer.kind = \"nesterov\", whose momentum runs away on late deltas; "
        "expected \"delayed_nesterov\" or \"sgd\"");
  check(!is_each || config.reply == "deltas",
        "sync.rounds.apply is \"each\", where a reply holds one delta; expected sync.reply = \"deltas\"");
  check(is_each || config.outer.kind != "delayed_nesterov",
        "sync.outer.kind is \"delayed_nesterov\", which steps once for each delta; expected sync.rounds.apply = "
        "\"each\"");
  check(!config.dynamic_steps || is_each,
        "sync.dynamic_steps is on, but islands wait for each other; expected sync.rounds.apply = \"each\"");
  check(!config.eager || (config.outer.kind == "nesterov" && !is_each && config.overlap_steps > 0),
        "sync.eager is on; expected sync.outer.kind = \"nesterov\", sync.rounds.apply = \"mean\" and "
        "sync.overlap_steps > 0");
  check(config.members.silence_s >= 2 * config.members.beat_s,
        fmt::format("sync.members.silence_s is {}, expected at least two beats of {} s", config.members.silence_s,
                    config.members.beat_s));
  return problems;
}

}  // namespace atl::distributed
