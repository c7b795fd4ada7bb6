#include "trainer/cutter.h"

#include "core/error.h"
#include "datasets/activity.h"
#include "trainer/copy_to_memory.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace atl::trainer {
namespace {

// Near the end of an episode it cannot be said whether a picture already shows the goal reached.
constexpr std::uint64_t kUnclearSteps = 3;

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

// In the memory of `spent`, whose pictures stay as they were (none: there are none yet). A block's thousands of
// examples lie apart: to let go of their parts and to take new ones costs as much time as to fill them.
Example empty_example(const ExampleShape& shape, std::vector<std::string> instructions, Example spent = {}) {
  Example e;
  const std::size_t asked = as_size(shape.window) * instructions.size();
  e.frames = std::move(spent.frames);
  e.chunks = std::move(spent.chunks);
  e.chunk_mask = std::move(spent.chunk_mask);
  e.past = std::move(spent.past);
  e.past_known = std::move(spent.past_known);
  e.goals = std::move(spent.goals);
  e.chunks.assign(asked * as_size(shape.chunk_actions), {});
  e.chunk_mask.assign(e.chunks.size(), 0);
  e.past.assign(as_size(shape.window * shape.past_actions), {});
  e.past_known.assign(e.past.size(), 0);
  e.goals.assign(asked, GoalLabel::kUnknown);
  e.instructions = std::move(instructions);
  return e;
}

// What was done before action `end`, newest first.
void copy_past(std::span<const Action> actions, const ExampleShape& shape, const agent::ActionCodec& codec,
               std::size_t end, std::size_t at, Example& e) {
  for (std::size_t i = 0; i < std::min(end, as_size(shape.past_actions)); ++i) {
    e.past[at + i] = codec.encode(actions[end - 1 - i]);
    e.past_known[at + i] = 1;
  }
}

// What the own instruction's goal label is at `step` of an episode whose last picture is `last_step`.
GoalLabel goal_label(std::uint64_t step, std::uint64_t last_step, bool succeeded) {
  if (step == last_step && succeeded) return GoalLabel::kReached;
  return step + kUnclearSteps > last_step ? GoalLabel::kUnknown : GoalLabel::kNotReached;
}

// Degrees turned to the right between two pictures.
float turn_between(const PlainEpisode& episode, std::size_t begin, std::size_t end) {
  if (episode.counts_per_turn <= 0) return kUnknownTurn;
  double counts = 0;
  for (std::size_t i = begin; i < std::min(end, episode.actions.size()); ++i) counts += episode.actions[i].dx;
  return static_cast<float>(counts / episode.counts_per_turn * 360.0);
}

const envs::ObjectSet& named_in(const envs::Goal& goal, int role) { return role == 0 ? goal.objects : goal.places; }

// Action steps from a window's pictures to their chunks. No number is drawn where there is none to draw.
int draw_delay(const ExampleShape& shape, const CutOptions& options, Random& random) {
  if (options.jitter_steps == 0) return shape.delay_steps;
  return std::max(0, shape.delay_steps + random.between(-options.jitter_steps, options.jitter_steps));
}

// Whether an example in which nothing is done is one of those that are left out.
bool drops_idle(const CutOptions& options, Random& random) {
  return options.idle_keep < 1.0 && random.uniform() >= options.idle_keep;
}

bool is_goal_frame(std::uint64_t step, std::uint64_t last_step, bool succeeded, int goal_frame_steps) {
  return succeeded && step + static_cast<std::uint64_t>(goal_frame_steps) > last_step;
}

}  // namespace

RelabelCutter::RelabelCutter(const ExampleShape& shape, const CutOptions& options, const agent::ActionCodec& codec)
    : shape_(shape),
      options_(options),
      codec_(codec),
      resizer_(shape.frame),
      chunk_(as_size(shape.chunk_actions + shape.delay_steps + options.jitter_steps)),
      pixels_(as_size(shape.num_patches())) {}

void RelabelCutter::begin(const envs::Task& task, Random& random) {
  task_ = task;
  random_ = &random;
  windows_.clear();
  open_.assign(as_size(shape_.steps_per_policy), kNone);
  due_.clear();
  done_.clear();
  last_step_ = 0;
  succeeded_ = false;
}

void RelabelCutter::observe(const envs::Observation& observation, const envs::Outcome& outcome, envs::Oracle& oracle) {
  last_step_ = observation.step;
  succeeded_ = outcome.verdict == envs::Verdict::kSuccess;
  std::size_t& index = open_[observation.step % open_.size()];
  if (index == kNone || windows_[index].example.num_steps == shape_.window) {
    index = windows_.size();
    open(windows_.emplace_back(), observation.step, oracle);
  }
  Window& window = windows_[index];
  if (window.kept) {
    const std::size_t bytes = shape_.frame_bytes();
    const std::span<std::uint8_t> frames(window.example.frames);
    resizer_.resize(observation.frame, frames.subspan(as_size(window.example.num_steps) * bytes, bytes));
    show(window, oracle);
    const int wait = shape_.past_actions > 0 ? window.delay_steps : 0;
    due_.push_back({index, window.example.num_steps, observation.step + static_cast<std::uint64_t>(wait)});
  }
  ++window.example.num_steps;
  std::erase_if(due_, [&](const Due& due) {
    if (due.step != observation.step) return false;
    note_past(due);
    if (!outcome.is_over()) tell(due, oracle);
    return true;
  });
}

void RelabelCutter::act(const Action& action) { done_.push_back(action); }

void RelabelCutter::open(Window& window, std::uint64_t step, envs::Oracle& oracle) {
  window.first_step = step;
  window.kept = random_->uniform() < options_.keep;
  if (!window.kept) return;
  window.delay_steps = draw_delay(shape_, options_, *random_);
  std::vector<envs::Goal> goals = oracle.goals(*random_);
  const auto own = std::find_if(goals.begin(), goals.end(), [&](const envs::Goal& goal) {
    return goal.family == task_.family && goal.target == task_.target;
  });
  if (own == goals.end()) {
    fail(ErrorKind::kEnvironment, "the world's oracle knows no goal \"{} {}\" in the scene that was reset to it",
         task_.family, task_.target);
  }
  envs::ObjectSet used_objects = own->objects;
  std::iter_swap(goals.begin(), own);
  window.goals.push_back(goals.front());

  // Others of the scene, in random order, one an object.
  for (std::size_t i = goals.size(); i > 2; --i)
    std::swap(goals[i - 1], goals[1 + random_->below(static_cast<std::uint32_t>(i - 1))]);
  for (std::size_t i = 1; i < goals.size() && window.goals.size() < as_size(shape_.instructions); ++i) {
    const bool family_asked = options_.families.empty() || std::find(options_.families.begin(), options_.families.end(),
                                                                     goals[i].family) != options_.families.end();
    if (goals[i].held_out || goals[i].objects.none() || (used_objects & goals[i].objects).any() || !family_asked)
      continue;
    used_objects |= goals[i].objects;
    window.goals.push_back(std::move(goals[i]));
  }

  std::vector<std::string> instructions;
  for (const envs::Goal& goal : window.goals) instructions.push_back(goal.instruction);
  window.example = empty_example(shape_, std::move(instructions));
  window.example.frames.resize(as_size(shape_.window) * shape_.frame_bytes());
  window.example.held_out = window.goals.front().held_out;
  window.example.grounds = false;  // masks say what words look like
  window.example.patches.resize(as_size(shape_.window) * window.goals.size() * as_size(shape_.roles) *
                                as_size(shape_.num_patches()));
  for (const envs::Goal& goal : window.goals) {
    for (int role = 0; role < shape_.roles; ++role) window.example.names.push_back(named_in(goal, role).any() ? 1 : 0);
  }
}

void RelabelCutter::show(Window& window, envs::Oracle& oracle) {
  Example& e = window.example;
  const std::span<const std::uint8_t> object_ids = oracle.object_ids();
  const std::size_t patches = as_size(shape_.num_patches());
  for (std::size_t k = 0; k < window.goals.size(); ++k) {
    const std::size_t asked = as_size(e.num_steps) * window.goals.size() + k;
    for (int role = 0; role < shape_.roles; ++role) {
      const std::size_t at = (asked * as_size(shape_.roles) + as_size(role)) * patches;
      mark_shown(object_ids, named_in(window.goals[k], role), std::span(e.patches).subspan(at, patches));
    }
    if (k > 0) e.goals[asked] = GoalLabel::kNotReached;
  }
}

void RelabelCutter::note_past(const Due& due) {
  const std::size_t at = as_size(due.t) * as_size(shape_.past_actions);
  copy_past(done_, shape_, codec_, done_.size(), at, windows_[due.window].example);
}

void RelabelCutter::tell(const Due& due, envs::Oracle& oracle) {
  Window& window = windows_[due.window];
  Example& e = window.example;
  const std::size_t length = as_size(shape_.chunk_actions);
  const std::size_t ahead = shape_.past_actions > 0 ? 0 : as_size(window.delay_steps);
  const std::span<Action> actions = std::span(chunk_).first(ahead + length);
  for (std::size_t k = 0; k < window.goals.size(); ++k) {
    const std::size_t at = (as_size(due.t) * window.goals.size() + k) * length;
    oracle.expert_chunk(window.goals[k], actions);
    codec_.encode_steps(actions.subspan(ahead), std::span(e.chunks).subspan(at, length));
    std::fill_n(e.chunk_mask.begin() + static_cast<std::ptrdiff_t>(at), length, std::uint8_t{1});
  }
}

void RelabelCutter::mark_shown(std::span<const std::uint8_t> object_ids, const envs::ObjectSet& objects,
                               std::span<std::uint8_t> patches) {
  std::array<std::uint8_t, 256> is_meant{};
  for (std::size_t id = 0; id < is_meant.size(); ++id) is_meant[id] = objects.test(id) ? 1 : 0;
  const std::size_t width = as_size(shape_.frame.width_px);
  ATOLL_CHECK(object_ids.size() == width * as_size(shape_.frame.height_px),
              "{} object numbers for pictures of {}x{} px: masks need the contract's size", object_ids.size(),
              shape_.frame.width_px, shape_.frame.height_px);
  std::fill(pixels_.begin(), pixels_.end(), 0);
  const std::size_t side = as_size(shape_.patch_pixels);
  const std::size_t columns = as_size(shape_.patch_columns);
  const std::size_t rows_px = std::min(as_size(shape_.frame.height_px), as_size(shape_.patch_rows) * side);
  for (std::size_t y = 0; y < rows_px; ++y) {
    const std::uint8_t* row = object_ids.data() + y * width;
    int* counts = pixels_.data() + y / side * columns;
    for (std::size_t begin = 0, column = 0; column < columns && begin < width; begin += side, ++column) {
      const std::size_t end = std::min(begin + side, width);
      int count = 0;
      for (std::size_t x = begin; x < end; ++x) count += is_meant[row[x]];
      counts[column] += count;
    }
  }
  for (std::size_t p = 0; p < patches.size(); ++p) patches[p] = pixels_[p] >= options_.min_object_pixels ? 1 : 0;
}

// Whether none of its instructions asks for anything to be done.
bool RelabelCutter::is_idle(const Example& e) const {
  const agent::ActionParts nothing = codec_.encode(Action{});
  bool has_action = false;
  for (std::size_t i = 0; i < e.chunks.size(); ++i) {
    if (e.chunk_mask[i] == 0) continue;
    if (e.chunks[i] != nothing) return false;
    has_action = true;
  }
  return has_action;
}

void RelabelCutter::finish(std::vector<Example>& examples) {
  for (const Due& due : due_) note_past(due);  // the episode ended before their chunks began
  for (Window& window : windows_) {
    if (!window.kept) continue;
    Example& e = window.example;
    if (is_idle(e) && drops_idle(options_, *random_)) continue;
    std::uint64_t step = window.first_step;
    for (int t = 0; t < e.num_steps; ++t, step += static_cast<std::uint64_t>(shape_.steps_per_policy)) {
      e.goals[as_size(t) * window.goals.size()] = goal_label(step, last_step_, succeeded_);
      e.goal_frame = is_goal_frame(step, last_step_, succeeded_, options_.goal_frame_steps);
    }
    examples.push_back(std::move(e));
  }
}

namespace {

// Picture t, into memory that an example before had, or behind the pictures before it.
void add_picture(std::span<const std::uint8_t> picture, const ExampleShape& shape, std::size_t t, Example& e) {
  const std::size_t bytes = shape.frame_bytes();
  ATOLL_CHECK(picture.size() == bytes, "a picture of {} bytes, expected {}", picture.size(), bytes);
  if (e.frames.empty()) e.frames.reserve(as_size(shape.window) * bytes);
  if (e.frames.size() >= (t + 1) * bytes)
    copy_to_memory(picture, e.frames.data() + t * bytes);
  else
    e.frames.insert(e.frames.end(), picture.begin(), picture.end());
}

// The chunk that begins with action `first`.
void copy_chunk(const PlainEpisode& episode, const ExampleShape& shape, const agent::ActionCodec& codec,
                std::size_t first, std::size_t at, Example& e) {
  const std::size_t count = std::min(as_size(shape.chunk_actions), episode.actions.size() - first);
  codec.encode_steps(std::span(episode.actions).subspan(first, count), std::span(e.chunks).subspan(at, count));
  for (std::size_t i = 0; i < count; ++i) e.chunk_mask[at + i] = is_teacher(episode.origins[first + i]) ? 1 : 0;
}

// Whether action `first` is of a person or expert who took over from an agent.
bool is_intervention(const PlainEpisode& episode, std::size_t first) {
  const auto at = episode.origins.begin() + static_cast<std::ptrdiff_t>(std::min(first, episode.origins.size()));
  return at != episode.origins.end() && is_teacher(*at) && std::find(episode.origins.begin(), at, Origin::kAgent) != at;
}

}  // namespace

Example cut_window(const PlainEpisode& episode, std::size_t first_step, const ExampleShape& shape,
                   const CutOptions& options, const agent::ActionCodec& codec, Random& random, Example spent) {
  std::vector<const InstructionSpan*> holding;
  for (const InstructionSpan& span : episode.spans) {
    if (span.begin <= first_step && first_step < span.end) holding.push_back(&span);
  }
  const InstructionSpan* span =
      holding.empty() ? nullptr : holding[random.below(static_cast<std::uint32_t>(holding.size()))];
  std::vector<std::string> told = std::move(spent.instructions);
  told.resize(1);
  told[0] = span == nullptr ? std::string_view() : std::string_view(span->text);
  Example e = empty_example(shape, std::move(told), std::move(spent));
  const std::size_t end = std::min(episode.actions.size() + 1, span == nullptr ? SIZE_MAX : span->end);
  if (span != nullptr && span->succeeded) e.turn_deg = turn_between(episode, first_step, span->end - 1);
  e.grounds = options.ground;
  const std::size_t delay = as_size(draw_delay(shape, options, random));
  if (is_intervention(episode, first_step + delay)) e.weight = static_cast<float>(options.intervention);
  const auto stride = as_size(shape.steps_per_policy);
  for (std::size_t step = first_step; step < end && e.num_steps < shape.window; step += stride, ++e.num_steps) {
    const std::size_t chunk = std::min(step + delay, episode.actions.size());
    const std::size_t t = as_size(e.num_steps);
    if (episode.frame) add_picture(episode.frame(step), shape, t, e);
    copy_chunk(episode, shape, codec, chunk, t * as_size(shape.chunk_actions), e);
    copy_past(episode.actions, shape, codec, chunk, t * as_size(shape.past_actions), e);
    if (span == nullptr) continue;
    e.goals[t] = goal_label(step, span->end - 1, span->succeeded);
    e.goal_frame = is_goal_frame(step, span->end - 1, span->succeeded, options.goal_frame_steps);
  }
  if (!episode.frame) return e;
  e.frames.resize(as_size(e.num_steps) * shape.frame_bytes());
  e.frames.resize(as_size(shape.window) * shape.frame_bytes());  // the rest is zero
  return e;
}

namespace {

// Whether a picture of `step` shows an instruction just carried out.
bool shows_success(const PlainEpisode& episode, std::size_t step, const CutOptions& options) {
  return std::any_of(episode.spans.begin(), episode.spans.end(), [&](const InstructionSpan& span) {
    return step < span.end && is_goal_frame(step, span.end - 1, span.succeeded, options.goal_frame_steps);
  });
}

}  // namespace

bool is_idle_window(const PlainEpisode& episode, std::size_t first_step, const ExampleShape& shape,
                    const CutOptions& options) {
  if (shows_success(episode, first_step, options)) return false;
  const std::size_t steps = as_size(shape.window - 1) * as_size(shape.steps_per_policy) + as_size(shape.chunk_actions);
  const std::size_t begin = std::min(first_step + as_size(shape.delay_steps), episode.actions.size());
  const std::size_t end = std::min(begin + steps, episode.actions.size());
  return begin < end && std::ranges::all_of(std::span(episode.actions).subspan(begin, end - begin), datasets::is_idle);
}

void for_each_window(std::size_t num_actions, const ExampleShape& shape,
                     const std::function<void(std::size_t)>& visit) {
  const std::size_t stride = as_size(shape.steps_per_policy);
  for (std::size_t phase = 0; phase < stride; ++phase) {
    for (std::size_t first = phase; first <= num_actions; first += stride * as_size(shape.window)) visit(first);
  }
}

void cut_plain(const PlainEpisode& episode, const ExampleShape& shape, const CutOptions& options,
               const agent::ActionCodec& codec, Random& random, std::vector<Example>& examples) {
  ATOLL_CHECK(episode.origins.size() == episode.actions.size(), "episode of {} actions and {} origins",
              episode.actions.size(), episode.origins.size());
  for_each_window(episode.actions.size(), shape, [&](std::size_t first) {
    // Goal frames are few and all that names things: each is kept.
    if (random.uniform() >= options.keep && !shows_success(episode, first, options)) return;
    if (is_idle_window(episode, first, shape, options) && drops_idle(options, random)) return;
    examples.push_back(cut_window(episode, first, shape, options, codec, random));
  });
}

}  // namespace atl::trainer
