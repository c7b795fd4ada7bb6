// A player at a stepped world: one episode from reset to verdict, with the declared delay applied exactly.
#pragma once

#include "envs/environment.h"
#include "session/episode.h"
#include "session/player.h"

namespace atl::session {

/// Plays one episode. The player is asked at steps 0, n, 2n, ... (n = actions_per_question); its answer to the
/// observation of step t starts at step t + d (d = delay_steps) and replaces what is left of older answers. Before the
/// first answer starts, and where an answer has ended and no newer one begun, nothing is pressed. An episode that the
/// process is asked to stop in (core/stop.h) ends with the verdict `aborted`.
///
/// With `request.keep_beliefs` a player with a Believer is asked once more at the picture that ends the episode; that
/// question counts in no latency.
///
/// `sink` may be null. It is given every picture, the last one included, and every action as carried out. Times are the
/// world's.
///
/// Throws what the world and the player throw, and Error(kInternal) for an answer shorter than n.
[[nodiscard]] EpisodeResult run_episode(envs::SteppedEnvironment& world, Player& player, const EpisodeRequest& request,
                                        EpisodeSink* sink = nullptr);

}  // namespace atl::session
