// Cuts episodes into examples. `RelabelCutter` watches an episode with the world's oracle beside it; `cut_plain` uses
// only what a recording of a person holds. Both cut windows of T pictures that lie `steps_per_policy` action steps
// apart, in every phase, so that each picture belongs to exactly one window. One thread.
#pragma once

#include "agent/action_codec.h"
#include "core/random.h"
#include "core/resize.h"
#include "envs/environment.h"
#include "envs/oracle.h"
#include "trainer/example.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace atl::trainer {

struct CutOptions {
  double keep = 1.0;                    // share of windows that become examples
  int goal_frame_steps = 4;             // last pictures of a successful episode that are goal frames
  int min_object_pixels = 6;            // relabelling: for a patch to show an object
  std::vector<std::string> families{};  // relabelling: of the other goals; empty: all that the world has
  double idle_keep = 1.0;               // of these windows, share of those in which nothing is done
  int jitter_steps = 0;                 // a window's delay is the shape's, give or take up to this
  double intervention = 1.0;  // plain: weight of windows whose chunk a teacher began who took over from an agent
  bool ground = true;         // plain: Example::grounds
};

/// Whether chunks of this recorded origin are learned from: what people and experts did is, what agents did is not.
[[nodiscard]] constexpr bool is_teacher(Origin origin) { return origin != Origin::kAgent; }

/// Labels the pictures of one episode after another with the help of an oracle: own goal and others of the scene, never
/// held-out ones; clean expert chunks; patches that show what is meant.
///
/// A chunk begins `delay_steps` after its picture. Of examples with past actions, which say what is done meanwhile, it
/// is what the expert does after that: a delay is no hindrance to who knows what is on its way (Katsikopoulos and
/// Engelbrecht 2003, delayed decision processes: the state and the actions decided since). Without them it is what the
/// expert would do had it been towards the same goal meanwhile, as if the last chunk had been perfect.
class RelabelCutter {
 public:
  /// Borrows shape and codec.
  RelabelCutter(const ExampleShape& shape, const CutOptions& options, const agent::ActionCodec& codec);

  /// A new episode of `task`; all draws come from `random`, which must live until finish.
  void begin(const envs::Task& task, Random& random);

  /// The picture of step observation.step, before its action. `outcome`: after the last action it is over, and no more
  /// is done.
  void observe(const envs::Observation& observation, const envs::Outcome& outcome, envs::Oracle& oracle);

  /// What is done after the picture observed last.
  void act(const Action& action);

  /// Ends the episode and appends its examples.
  void finish(std::vector<Example>& examples);

 private:
  struct Window {
    Example example;
    std::vector<envs::Goal> goals;  // own first
    std::uint64_t first_step = 0;
    int delay_steps = 0;
    bool kept = false;
  };
  // Picture t of a window, whose chunks are told at `step`.
  struct Due {
    std::size_t window = 0;
    int t = 0;
    std::uint64_t step = 0;
  };
  static constexpr std::size_t kNone = SIZE_MAX;

  void open(Window& window, std::uint64_t step, envs::Oracle& oracle);
  void show(Window& window, envs::Oracle& oracle);
  void note_past(const Due& due);
  void tell(const Due& due, envs::Oracle& oracle);
  [[nodiscard]] bool is_idle(const Example& e) const;
  void mark_shown(std::span<const std::uint8_t> object_ids, const envs::ObjectSet& objects,
                  std::span<std::uint8_t> patches);

  const ExampleShape& shape_;
  CutOptions options_;
  const agent::ActionCodec& codec_;
  Resizer resizer_;
  Random* random_ = nullptr;  // of the episode
  envs::Task task_;
  std::vector<Window> windows_;
  std::vector<std::size_t> open_;  // one a phase, of windows_, or kNone
  std::vector<Due> due_;
  std::vector<Action> done_;   // all that was done in the episode
  std::vector<Action> chunk_;  // scratch: what the expert does from now on
  std::vector<int> pixels_;    // scratch: pixels of one object in each patch
  std::uint64_t last_step_ = 0;
  bool succeeded_ = false;
};

/// An instruction and the pictures it holds for.
struct InstructionSpan {
  std::string text;
  std::size_t begin = 0;  // first picture
  std::size_t end = 0;    // one past the last
  bool succeeded = false;
};

/// What a recording of a person holds of one attempt. Pictures 0 .. actions.size() lie around the actions: action i is
/// done between picture i and picture i + 1.
struct PlainEpisode {
  /// Picture `step` at the contract's size, packed; valid until the next call. Empty: examples get no pictures.
  std::function<std::span<const std::uint8_t>(std::size_t step)> frame;
  std::vector<Action> actions;  // as carried out
  std::vector<Origin> origins;  // of the actions
  double counts_per_turn = 0;   // of the mouse; 0: unknown
  std::vector<InstructionSpan> spans;
};

/// The window whose first picture is `first_step`: executed actions, no masks. Its instruction is that of a span that
/// holds for the first picture, drawn from `random` if there are several, and blank if there is none. `spent`: an
/// example that is done with, whose memory is used again.
[[nodiscard]] Example cut_window(const PlainEpisode& episode, std::size_t first_step, const ExampleShape& shape,
                                 const CutOptions& options, const agent::ActionCodec& codec, Random& random,
                                 Example spent = {});

/// Whether nothing is done in all chunks of the window. One without any action, at the end of an episode, is not idle:
/// it says that the goal is reached.
[[nodiscard]] bool is_idle_window(const PlainEpisode& episode, std::size_t first_step, const ExampleShape& shape,
                                  const CutOptions& options);

/// Calls `visit(first_step)` for each window of an episode of so many actions: all phases one after another, so that
/// each picture belongs to exactly one window.
void for_each_window(std::size_t num_actions, const ExampleShape& shape,
                     const std::function<void(std::size_t first_step)>& visit);

/// Cuts the whole episode and appends its examples: a share `keep` of the windows, of those in which nothing is done a
/// share `idle_keep`, and all that begin with a goal frame.
void cut_plain(const PlainEpisode& episode, const ExampleShape& shape, const CutOptions& options,
               const agent::ActionCodec& codec, Random& random, std::vector<Example>& examples);

}  // namespace atl::trainer
