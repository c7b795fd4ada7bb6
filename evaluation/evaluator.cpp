#include "evaluation/evaluator.h"

#include "core/error.h"
#include "core/random.h"
#include "core/stop.h"
#include "core/text.h"
#include "envs/oracle.h"
#include "session/stepped_session.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace atl::evaluation {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Swap {
  envs::Goal original;
  envs::Task task;  // another thing of the same scene that the family can be asked about, drawn from the seed
};
Swap swap_task(envs::SteppedEnvironment& world, std::uint64_t seed, const envs::Task& asked) {
  static_cast<void>(world.reset(seed, asked));
  envs::Oracle* oracle = world.oracle();
  if (oracle == nullptr)
    fail(ErrorKind::kEnvironment,
         "the world {} has no oracle to name other things of a scene; leave out the condition "
         "\"swapped\"",
         world.spec().facts.world);
  Random random(derive_seed(seed, 0x5a4b));
  const std::vector<envs::Goal> goals = oracle->goals(random);
  Swap swap{goals.front(), asked};
  std::vector<envs::Goal> others;
  std::copy_if(goals.begin() + 1, goals.end(), std::back_inserter(others), [&](const envs::Goal& goal) {
    return goal.family == swap.original.family && (goal.objects & swap.original.objects).none();
  });
  if (others.empty())
    fail(ErrorKind::kEnvironment, "the scene of seed {} has nothing else to \"{}\"", seed, swap.original.family);
  const envs::Goal& chosen = others[random.below(static_cast<std::uint32_t>(others.size()))];
  swap.task.target = chosen.target;
  swap.task.instruction = chosen.instruction;
  return swap;
}

EpisodeRecord make_record(const EvaluationPlan& plan, const Contestant& contestant, const EpisodeJob& job,
                          const session::EpisodeResult& result) {
  EpisodeRecord record;
  record.task = plan.suite.tasks[job.row].name;
  record.condition = contestant.condition;
  record.index = job.index;
  record.seed = start_seed(plan.suite, job.row, job.index);
  record.start_hash = to_hex(result.start_hash);
  record.told = result.told_instruction;
  record.verdict = std::string(envs::to_string(result.verdict));
  record.reason = result.reason;
  record.object = result.object;
  record.judge = plan.suite.judge;
  record.success = result.verdict == envs::Verdict::kSuccess;
  record.steps = result.num_steps;
  record.answer_ms = median(result.latencies_ms);
  record.misses = result.num_misses;
  record.checkpoint = contestant.checkpoint;
  record.guidance = contestant.guidance;
  return record;
}

}  // namespace

session::EpisodeRequest make_request(const Suite& suite, std::size_t row, std::uint64_t index,
                                     std::uint64_t player_seed) {
  session::EpisodeRequest request;
  request.seed = start_seed(suite, row, index);
  request.task = make_task(suite.tasks.at(row));
  request.player_seed = derive_seed(player_seed, mix_bits(request.seed));
  return request;
}

std::vector<EpisodeRecord> play_job(const EvaluationPlan& plan, const Contestant& contestant, const EpisodeJob& job,
                                    envs::SteppedEnvironment& world, session::Player& player,
                                    session::EpisodeSink* sink) {
  session::EpisodeRequest request = make_request(plan.suite, job.row, job.index, plan.player_seed);
  if (contestant.condition == "blank" || contestant.condition == "no_language") request.instruction = "";

  const bool swapped = contestant.condition == "swapped";
  envs::Goal original;
  if (swapped) {
    Swap swap = swap_task(world, request.seed, request.task);
    original = std::move(swap.original);
    request.task = std::move(swap.task);
  }
  const session::EpisodeResult result = session::run_episode(world, player, request, sink);
  EpisodeRecord record = make_record(plan, contestant, job, result);
  record.target = swapped ? original.target : world.task().target;
  if (!swapped) return {record};

  // Judged twice: by the thing that was told, and by the thing that the task itself means.
  EpisodeRecord named = record;
  named.condition = "swapped_named";
  named.target = world.task().target;
  record.success = result.verdict == envs::Verdict::kWrongObject &&
                   std::find(original.names.begin(), original.names.end(), result.object) != original.names.end();
  return {record, named};
}

std::vector<EpisodeRecord> run_evaluation(const EvaluationPlan& plan, std::span<const Contestant> contestants,
                                          const std::function<void(std::span<const EpisodeRecord>)>& on_records) {
  validate(plan.suite);
  ATOLL_CHECK(plan.threads > 0, "{} threads, expected at least 1", plan.threads);
  std::vector<EpisodeJob> jobs;
  for (std::size_t c = 0; c < contestants.size(); ++c) {
    for (std::size_t row = 0; row < plan.suite.tasks.size(); ++row) {
      for (std::uint64_t i = 0; i < plan.episodes_per_task; ++i) jobs.push_back({row, c, i});
    }
  }

  std::vector<std::vector<EpisodeRecord>> records(jobs.size());
  std::atomic<std::size_t> next_job{0};
  std::mutex report_mutex;  // serialises on_records and the first error
  std::exception_ptr first_error;

  const auto work = [&] {
    try {
      const std::unique_ptr<envs::SteppedEnvironment> world = plan.create_world();
      std::vector<std::unique_ptr<session::Player>> players(contestants.size());
      while (!stop_requested()) {
        const std::size_t j = next_job.fetch_add(1);
        if (j >= jobs.size()) return;
        const EpisodeJob& job = jobs[j];
        const Contestant& contestant = contestants[job.contestant];
        std::unique_ptr<session::Player>& player = players[job.contestant];
        if (player == nullptr) player = contestant.create_player(*world);
        std::vector<EpisodeRecord> played = play_job(plan, contestant, job, *world, *player);
        if (played.front().verdict == "aborted") continue;
        const std::lock_guard lock(report_mutex);
        on_records(played);
        records[j] = std::move(played);
      }
    } catch (...) {
      const std::lock_guard lock(report_mutex);
      if (!first_error) first_error = std::current_exception();
      next_job.store(jobs.size());
    }
  };
  std::vector<std::jthread> threads;
  for (int t = 1; t < plan.threads; ++t) threads.emplace_back(work);
  work();
  threads.clear();
  if (first_error) std::rethrow_exception(first_error);

  std::vector<EpisodeRecord> all;
  for (std::vector<EpisodeRecord>& played : records) {
    for (EpisodeRecord& record : played) all.push_back(std::move(record));
  }
  return all;
}

}  // namespace atl::evaluation
