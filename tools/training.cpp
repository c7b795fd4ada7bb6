#include "tools/training.h"

#include "core/log.h"
#include "core/random.h"
#include "envs/seeds.h"
#include "session/batch_recorder.h"
#include "session/recording_sink.h"
#include "tools/players.h"
#include "tools/run_config.h"
#include "tools/worlds.h"

#include <cstdlib>

#if ATOLL_HAS_DESKTOP
#include "datasets/video/reader.h"
#endif

namespace atl::tools {
namespace {

session::EpisodeRequest request_of(const trainer::AgentEpisodes& asked, std::uint64_t index) {
  session::EpisodeRequest request;
  const std::uint64_t stream = derive_seed(asked.seed, index);
  request.seed = envs::seed_in(envs::SeedRange::kTraining, stream % envs::kSeedsPerRange);
  request.player_seed = derive_seed(stream, 1);
  request.task.family = asked.families[index % asked.families.size()];
  return request;
}

trainer::AgentRecord record_agent(const trainer::AgentEpisodes& asked) {
  RunConfig config;
  config.world.frame_width_px = asked.frame.width_px;
  config.world.frame_height_px = asked.frame.height_px;
  config.record.video = false;
  config.policy.device = asked.device;
  session::RecordPlan plan;
  plan.num_episodes = asked.num_episodes;
  plan.threads = asked.threads;
  plan.make_request = [&](std::uint64_t index) { return request_of(asked, index); };
  plan.create_world = [&] { return create_stepped_world(asked.world, config.world); };
  plan.create_player = [&](envs::SteppedEnvironment& world) {
    return create_policy_player(asked.run.string(), config.policy, world.spec());
  };
  const auto writer = create_recording({.folder = asked.out}, plan.create_world()->spec(), config);
  session::RecordingSink sink(*writer, false);
  RunSummary so_far;
  const Timestamp begin = MonotonicClock::now();
  session::record_episodes(plan, sink, [&](const session::EpisodeResult& result) {
    if (result.verdict == envs::Verdict::kAborted) return;
    ++so_far.episodes;
    so_far.successes += result.verdict == envs::Verdict::kSuccess ? 1 : 0;
    so_far.seconds = to_seconds(MonotonicClock::now() - begin);
    show_progress(progress_line("the agent plays", so_far, plan.num_episodes));
  });
  end_progress();
  writer->close();
  return {
      .episodes = so_far.episodes, .successes = so_far.successes, .seconds = to_seconds(MonotonicClock::now() - begin)};
}

}  // namespace

trainer::SourceServices training_services() {
  trainer::SourceServices services;
  services.create_world = [](const std::string& world, FrameSize frame) {
    return create_stepped_world(world, {.frame_width_px = frame.width_px, .frame_height_px = frame.height_px});
  };
  services.record_agent = record_agent;
#if ATOLL_HAS_DESKTOP
  services.open_video = video::video_reader_factory();
#endif
  return services;
}

std::filesystem::path weights_folder() {
  // As tools/weights.py.
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (!variable("ATOLL_HOME").empty()) return variable("ATOLL_HOME") / "weights";
  const std::filesystem::path data = variable("XDG_DATA_HOME");
  return (data.empty() ? variable("HOME") / ".local" / "share" : data) / "atoll" / "weights";
}

}  // namespace atl::tools
