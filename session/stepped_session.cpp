#include "session/stepped_session.h"

#include "core/error.h"
#include "core/stop.h"
#include "envs/oracle.h"
#include "session/believer.h"
#include "session/chunk_plan.h"
#include "session/narrator.h"

namespace atl::session {
namespace {

std::uint64_t state_hash(envs::SteppedEnvironment& world) {
  const envs::Oracle* oracle = world.oracle();
  return oracle != nullptr ? oracle->state_hash() : 0;
}

// One run of run_episode: what its steps share.
class SteppedEpisode {
 public:
  SteppedEpisode(envs::SteppedEnvironment& world, Player& player, const EpisodeRequest& request, EpisodeSink* sink)
      : world_(world), player_(player), request_(request), sink_(sink), timing_(player.timing()) {
    ATOLL_CHECK(timing_.actions_per_question >= 1 && timing_.delay_steps >= 0,
                "player {} wants {} actions per question and a delay of {}, expected >= 1 and >= 0", player.name(),
                timing_.actions_per_question, timing_.delay_steps);
  }

  EpisodeResult run() {
    envs::Observation observation = world_.reset(request_.seed, request_.task);
    begin(observation);
    player_.begin(request_.player_seed);
    while (!world_.outcome().is_over() && !stop_requested()) {
      keep_frame(observation);
      if (observation.step % static_cast<std::uint64_t>(timing_.actions_per_question) == 0) ask(observation);
      const PlannedAction planned = plan_.take();
      keep_action(observation, planned);
      observation = world_.step(planned.action);
    }
    keep_frame(observation);
    if (request_.keep_beliefs && player_.believer() != nullptr && world_.outcome().is_over())
      believe_at_end(observation);
    return end(observation);
  }

 private:
  void begin(const envs::Observation& observation) {
    begin_ = observation.time;
    result_.task_instruction = observation.instruction;
    result_.told_instruction = request_.instruction.value_or(result_.task_instruction);
    result_.start_hash = state_hash(world_);
    if (sink_ == nullptr) return;
    const envs::Task& task = world_.task();  // with what the world drew, so that the recording can be replayed
    sink_->begin({.time = observation.time,
                  .seed = request_.seed,
                  .family = task.family,
                  .split = task.split,
                  .target = task.target,
                  .instruction = task.instruction,
                  .time_limit_s = task.time_limit_s,
                  .start_hash = result_.start_hash,
                  .player = player_.name()},
                 instruction_of(result_, begin_));
  }

  void ask(envs::Observation observation) {
    const std::uint64_t first_step = observation.step + static_cast<std::uint64_t>(timing_.delay_steps);
    observation.instruction = result_.told_instruction;
    const Timestamp asked = MonotonicClock::now();
    const std::vector<Action> answer = player_.act(observation, plan_.held_before(first_step));
    const Duration latency = MonotonicClock::now() - asked;
    result_.latencies_ms.push_back(to_ms(latency));
    ++result_.num_questions;
    if (request_.keep_beliefs) keep_belief(observation.step);
    ATOLL_CHECK(answer.size() >= static_cast<std::size_t>(timing_.actions_per_question),
                "player {} answered with {} actions, expected at least {}", player_.name(), answer.size(),
                timing_.actions_per_question);
    plan_.replace_from(first_step, answer, {observation.step, static_cast<std::int64_t>(observation.step), latency});
  }

  void keep_belief(std::uint64_t step) {
    if (const Believer* believer = player_.believer()) result_.beliefs.push_back({step, believer->goal_probability()});
  }

  // The picture that the verdict is about: no question of the episode was about it.
  void believe_at_end(envs::Observation observation) {
    observation.instruction = result_.told_instruction;
    static_cast<void>(player_.act(observation, plan_.held_before(plan_.next_step())));
    keep_belief(observation.step);
  }

  void keep_frame(const envs::Observation& observation) {
    if (sink_ == nullptr) return;
    sink_->add_frame({.kind = datasets::FrameKind::kReplay,
                      .sequence = observation.step,
                      .step = observation.step,
                      .requested = observation.time,
                      .done = observation.time,
                      .window = {0, 0, observation.frame.width_px, observation.frame.height_px}},
                     observation.frame);
  }

  void keep_action(const envs::Observation& observation, const PlannedAction& planned) {
    if (sink_ == nullptr) return;
    const bool is_policy = player_.origin() == Origin::kAgent && planned.note;
    const Narrator* narrator = player_.narrator();
    std::string doing = narrator != nullptr ? narrator->doing() : "";
    if (doing == last_said_)
      doing.clear();
    else
      last_said_ = doing;
    sink_->add_action({.step = observation.step,
                       .time = observation.time,
                       .action = planned.action,
                       .origin = player_.origin(),
                       .observed_frame = planned.note ? planned.note->observed_frame : -1,
                       .latency_ns = is_policy ? planned.note->latency.count() : 0,
                       .doing = std::move(doing)});
  }

  EpisodeResult end(const envs::Observation& observation) {
    const envs::Outcome& outcome = world_.outcome();
    const bool is_stopped = !outcome.is_over();
    result_.verdict = is_stopped ? envs::Verdict::kAborted : outcome.verdict;
    result_.reason = is_stopped ? "stopped by a signal" : outcome.reason;
    result_.object = outcome.object;
    result_.reward = outcome.reward;
    result_.num_steps = observation.step;
    result_.end_hash = state_hash(world_);
    if (sink_ != nullptr) {
      sink_->end({.time = observation.time,
                  .num_steps = result_.num_steps,
                  .verdict = std::string(to_string(result_.verdict)),
                  .reason = result_.reason,
                  .object = result_.object,
                  .judge = world_.spec().facts.world,
                  .end_hash = result_.end_hash},
                 instruction_of(result_, begin_, observation.time));
    }
    return result_;
  }

  envs::SteppedEnvironment& world_;
  Player& player_;
  const EpisodeRequest& request_;
  EpisodeSink* const sink_;
  const PlayerTiming timing_;
  ChunkPlan plan_;
  std::string last_said_;
  Timestamp begin_;  // by the world's clock
  EpisodeResult result_;
};

}  // namespace

EpisodeResult run_episode(envs::SteppedEnvironment& world, Player& player, const EpisodeRequest& request,
                          EpisodeSink* sink) {
  return SteppedEpisode(world, player, request, sink).run();
}

}  // namespace atl::session
