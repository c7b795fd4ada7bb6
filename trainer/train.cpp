// `train`: a run to its end, with what belongs to the whole of it.
#include "core/log.h"
#include "core/stop.h"
#include "trainer/profile.h"
#include "trainer/trainer.h"

#include <optional>

namespace atl::trainer {
namespace {

constexpr std::int64_t kStepsBeforeProfile = 10;
constexpr std::int64_t kProfiledSteps = 10;

}  // namespace

TrainResult train(const RunConfig& config, const TrainOptions& options) {
  const auto should_stop = [&] { return options.should_stop ? options.should_stop() : stop_requested(); };
  Trainer trainer(config, options);
  const std::int64_t first_step = trainer.num_steps();
  // The first steps make what later ones use again: memory, threads, caches.
  const std::int64_t profile_from = first_step + kStepsBeforeProfile;
  std::optional<Profile> profile;
  while (!trainer.is_finished() && !should_stop()) {
    if (!options.profile.empty() && trainer.num_steps() == profile_from)
      profile.emplace(config.trainer.device != "cpu");
    trainer.step();
    if (profile && trainer.num_steps() == profile_from + kProfiledSteps) {
      profile->save(options.profile);
      profile.reset();
    }
  }
  end_progress();
  if (profile) profile->save(options.profile);
  if (!options.profile.empty() && trainer.num_steps() <= profile_from)
    log_warning("no profile: it is taken after {} steps, and there were {}", kStepsBeforeProfile,
                trainer.num_steps() - first_step);
  if (trainer.num_steps() > first_step) trainer.save();
  trainer.leave();
  return {.step = trainer.num_steps(), .total_steps = trainer.total_steps(), .is_finished = trainer.is_finished()};
}

}  // namespace atl::trainer
