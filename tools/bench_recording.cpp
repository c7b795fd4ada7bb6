#include "tools/bench_recording.h"

#include "datasets/writer.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "session/expert_player.h"
#include "session/recording_sink.h"
#include "session/stepped_session.h"

namespace atl::tools {

std::uint64_t record_bench_pictures(const std::filesystem::path& folder, FrameSize size, std::uint64_t least_pictures,
                                    const datasets::VideoWriterFactory& video) {
  const auto world = envs::create_playhouse({.frame = size});
  const auto writer = datasets::RecordingWriter::create(
      {.folder = folder, .facts = world->spec().facts, .contract = {}, .video = video});
  session::ExpertPlayer player(*world, {.noise = 0.05, .detour = 0.1, .reaction_steps = 2});
  session::RecordingSink sink(*writer, video != nullptr);
  std::uint64_t pictures = 0;
  for (std::uint64_t i = 0; pictures < least_pictures; ++i) {
    const std::uint64_t seed = envs::seed_in(envs::SeedRange::kTraining, i);
    pictures += session::run_episode(*world, player, {.seed = seed, .player_seed = seed}, &sink).num_steps + 1;
  }
  writer->close();
  return pictures;
}

}  // namespace atl::tools
