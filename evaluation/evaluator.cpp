#include "evaluation/evaluator.h"

#include "core/error.h"
#include "core/random.h"
#include "core/stop.h"
#include "core/text.h"
#include "envs/oracle.h"
#include "session/demo_player.h"
#include "session/stepped_session.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace atl::evaluation {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Another task of the same family in the same start, drawn from the seed; nothing where there is none.
std::optional<envs::Task> swap_task(envs::SteppedEnvironment& world, std::uint64_t seed, const envs::Task& asked) {
  static_cast<void>(world.reset(seed, asked));
  envs::Oracle* oracle = world.oracle();
  if (oracle == nullptr)
    fail(ErrorKind::kEnvironment,
         "the world {} has no oracle to name other things of a scene; leave out the condition "
         "\"swapped\"",
         world.spec().facts.world);
  Random random(derive_seed(seed, 0x5a4b));
  const std::vector<envs::Goal> goals = oracle->goals(random);
  const envs::Goal& original = goals.front();
  std::vector<envs::Goal> others;
  std::copy_if(goals.begin() + 1, goals.end(), std::back_inserter(others), [&](const envs::Goal& goal) {
    return goal.family == original.family && (goal.objects & original.objects).none() &&
           goal.objects.none() == original.objects.none();
  });
  if (others.empty()) return std::nullopt;
  const envs::Goal& chosen = others[random.below(static_cast<std::uint32_t>(others.size()))];
  envs::Task task = asked;
  task.target = chosen.target;
  task.instruction = chosen.instruction;
  return task;
}

// What is done, step by step; passed on to another sink, if there is one.
class ActionLog final : public session::EpisodeSink {
 public:
  explicit ActionLog(session::EpisodeSink* next) : next_(next) {}
  [[nodiscard]] const std::vector<Action>& actions() const { return actions_; }

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    actions_.clear();
    if (next_ != nullptr) next_->begin(start, instruction);
  }
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override {
    if (next_ != nullptr) next_->add_frame(entry, pixels);
  }
  void add_action(const datasets::RecordedAction& action) override {
    actions_.push_back(action.action);
    if (next_ != nullptr) next_->add_action(action);
  }
  void add_event(const InputEvent& event) override {
    if (next_ != nullptr) next_->add_event(event);
  }
  void add_drop(const datasets::DropNote& drop) override {
    if (next_ != nullptr) next_->add_drop(drop);
  }
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override {
    if (next_ != nullptr) next_->end(end, instruction);
  }

 private:
  session::EpisodeSink* next_;
  std::vector<Action> actions_;
};

// What the task's own judge says of a player who is told something else. `done`: what they did until the judge of the
// told thing ended the episode.
session::EpisodeResult judge_by_task(envs::SteppedEnvironment& world, session::Player& player,
                                     const session::EpisodeRequest& request, const std::vector<Action>& done) {
  session::DemoPlayer again("again", done);
  session::EpisodeResult result = session::run_episode(world, again, request);
  return result.num_steps <= done.size() ? result : session::run_episode(world, player, request);
}

// Told another thing, and judged twice: by what was told, and by what the task itself means.
std::vector<EpisodeRecord> play_swapped(const EvaluationPlan& plan, const Contestant& contestant, const EpisodeJob& job,
                                        envs::SteppedEnvironment& world, session::Player& player,
                                        session::EpisodeSink* sink) {
  session::EpisodeRequest request = make_request(plan.suite, job.row, job.index, plan.player_seed);
  const std::optional<envs::Task> told = swap_task(world, request.seed, request.task);
  if (!told) return {};
  const std::string target = world.task().target;
  session::EpisodeRequest told_request = request;
  told_request.task = *told;
  ActionLog log(sink);
  const session::EpisodeResult result = session::run_episode(world, player, told_request, &log);
  EpisodeRecord named = make_record(plan.suite, contestant, job, result);
  named.condition = "swapped_named";
  named.target = world.task().target;

  request.instruction = result.told_instruction;
  EpisodeRecord record = make_record(plan.suite, contestant, job, judge_by_task(world, player, request, log.actions()));
  record.target = target;
  record.answer_ms = named.answer_ms;
  return {record, named};
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

EpisodeRecord make_record(const Suite& suite, const Contestant& contestant, const EpisodeJob& job,
                          const session::EpisodeResult& result) {
  EpisodeRecord record;
  record.task = suite.tasks[job.row].name;
  record.condition = contestant.condition;
  record.index = job.index;
  record.seed = start_seed(suite, job.row, job.index);
  record.start_hash = to_hex(result.start_hash);
  record.told = result.told_instruction;
  record.verdict = std::string(envs::to_string(result.verdict));
  record.reason = result.reason;
  record.object = result.object;
  record.judge = suite.judge;
  record.success = result.verdict == envs::Verdict::kSuccess;
  record.steps = result.num_steps;
  record.answer_ms = median(result.latencies_ms);
  record.misses = result.num_misses;
  record.checkpoint = contestant.checkpoint;
  record.guidance = contestant.guidance;
  return record;
}

Results summarise_suite(const Suite& suite, std::span<const EpisodeRecord> records) {
  std::vector<RowName> names;
  for (const SuiteTask& task : suite.tasks) names.push_back({task.name, task.category});
  Results results = summarise(records, names);
  results.suite = suite.name;
  results.seeds = suite.seeds;
  return results;
}

std::vector<EpisodeRecord> play_job(const EvaluationPlan& plan, const Contestant& contestant, const EpisodeJob& job,
                                    envs::SteppedEnvironment& world, session::Player& player,
                                    session::EpisodeSink* sink) {
  session::EpisodeRequest request = make_request(plan.suite, job.row, job.index, plan.player_seed);
  if (contestant.condition == "blank" || contestant.condition == "no_language") request.instruction = "";

  if (contestant.condition == "swapped") return play_swapped(plan, contestant, job, world, player, sink);
  request.keep_beliefs = true;
  ActionLog log(sink);
  session::EpisodeResult result = session::run_episode(world, player, request, &log);
  EpisodeRecord record = make_record(plan.suite, contestant, job, result);
  record.target = world.task().target;
  const envs::EnvironmentSpec& spec = world.spec();
  if (plan.contract)
    record.habits = count_habits(log.actions(), {*plan.contract, spec.facts.counts_per_turn, spec.frame});
  record.beliefs = std::move(result.beliefs);
  return {record};
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
        if (!played.empty() && played.front().verdict == "aborted") continue;
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
